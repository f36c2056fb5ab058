import { describe, expect, it } from 'vitest';
import { afterReport, noShortage, shortageAt } from './shortage.js';

const limits = { atLeast: 60, atMost: 300 };

describe('a shortage', () => {
  it('is there from the first report on', () => {
    expect(shortageAt(noShortage, 0, limits)).toBeUndefined();
    expect(shortageAt(afterReport(noShortage, 'cpu', 10), 10, limits)).toBe('cpu');
  });

  it('stays for its least time though pods fit again', () => {
    const over = afterReport(afterReport(noShortage, 'cpu', 10), undefined, 11);
    expect([69, 70].map((now) => shortageAt(over, now, limits))).toEqual(['cpu', undefined]);
  });

  it('ends by itself when nobody reports it any more', () => {
    const short = afterReport(noShortage, 'cpu', 10);
    expect([309, 310].map((now) => shortageAt(short, now, limits))).toEqual(['cpu', undefined]);
  });

  it('lasts as long as it is reported, and names what is short now', () => {
    const again = afterReport(afterReport(noShortage, 'cpu', 10), 'memory', 200);
    expect([499, 500].map((now) => shortageAt(again, now, limits))).toEqual(['memory', undefined]);
  });

  it('is not made by word that pods fit', () => {
    expect(shortageAt(afterReport(noShortage, undefined, 5), 5, limits)).toBeUndefined();
  });
});
