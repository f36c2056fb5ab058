import type { LogLine } from '@virtual-kubelet/base';
import { recordingLogger } from '@virtual-kubelet/base';
import { expect, it, onTestFinished } from 'vitest';
import { podOf, podWorld } from '../pod-world.test-kit.js';

it('an engine that does not answer is told of once, as is its return, and what was missed is seen then', async () => {
  const lines: LogLine[] = [];
  const w = await podWorld({ logger: recordingLogger(lines) });
  onTestFinished(() => w.stop());
  const told = (): readonly string[] =>
    lines.filter(({ message }) => message.includes('containers')).map(({ level, message }) => `${level}: ${message}`);
  await w.create(podOf({ restartPolicy: 'Never' }));
  await w.clock.advance(10_000);
  expect(w.state('a')).toBe('running');
  w.backend.down = true;
  await w.clock.advance(60_000);
  expect(told()).toEqual(['warn: the engine does not show its containers']);
  expect(w.state('a')).toBe('running');
  // Events go nowhere while nobody listens.
  w.backend.exit('a', 4);
  w.backend.down = false;
  await w.clock.advance(10_000);
  expect(told()[1]).toBe('info: the engine shows its containers again');
  expect(w.state('a')).toBe('Error:4');
  w.backend.down = true;
  await w.clock.advance(10_000);
  expect(told().slice(2)).toEqual(['warn: the engine does not show its containers']);
});
