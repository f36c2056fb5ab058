import { describe, expect, it } from 'vitest';
import { median, percentile, rounded } from './statistics.js';
import { markdownTable, textTable } from './report/table.js';
import type { Row } from './scenario.js';
import { atLeast, atMost } from './scenario.js';

describe('statistics', () => {
  it('take the value that a part of all values stay below, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(percentile([4, 3, 2, 1], 0.99)).toBe(4);
    expect(median([])).toBeNaN();
  });

  it('show three digits, which is more than a benchmark knows', () => {
    expect([rounded(1234.5), rounded(0.012345), rounded(Number.NaN)]).toEqual([1230, 0.0123, Number.NaN]);
  });
});

describe('the table', () => {
  const rows: readonly Row[] = [
    {
      id: 'a',
      what: 'Drain',
      unit: 'pods/s',
      values: { kwok: 300, 'virtual-kubelet': 450 },
      ...atLeast(1.5, 1.3, 'x'),
    },
    { id: 'b', what: 'Memory', unit: 'MB', values: { 'virtual-kubelet': 200 }, ...atMost(200, 150, 'at most 150') },
  ];

  it('says of each target whether it was met', () => {
    expect(markdownTable(rows).split('\n')).toEqual([
      '| Measurement | unit | Virtual Kubelet | KWOK | target |',
      '| --- | --- | --: | --: | --- |',
      '| Drain | pods/s | 450 | 300 | x: met |',
      '| Memory | MB | 200 |  | at most 150: **not met** |',
    ]);
  });

  it('keeps what has nothing in common apart', () => {
    const server: Row = { id: 'c', what: 'Create', unit: 'requests/s', values: { playground: 900, kubernetes: 400 } };
    expect(
      markdownTable([...rows, server])
        .split('\n')
        .slice(4),
    ).toEqual([
      '',
      '| Measurement | unit | playground | Kubernetes | target |',
      '| --- | --- | --: | --: | --- |',
      '| Create | requests/s | 900 | 400 |  |',
    ]);
  });

  it('lines its columns up on a terminal', () => {
    const lines = textTable(rows).split('\n');
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.search(/unit|pods\/s|MB/))).size).toBe(1);
  });
});
