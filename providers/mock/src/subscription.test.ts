import { ManualClock } from '@virtual-kubelet/base';
import { describe, expect, it } from 'vitest';
import { addresses, createPlatform } from './index.js';
import { scriptOf } from './script.js';

describe('a subscription to the mock platform', () => {
  it('ends with its signal, and not with that of an earlier one', async () => {
    const clock = new ManualClock();
    const platform = createPlatform({ clock, addresses: addresses() });
    const seen: string[] = [];
    const [first, second] = [new AbortController(), new AbortController()];
    platform.listen('vk', ({ ref }) => void seen.push(`first ${ref.uid}`), first.signal);
    platform.listen('vk', ({ ref }) => void seen.push(`second ${ref.uid}`), second.signal);
    const create = (uid: string): Promise<void> =>
      platform.create({
        ref: { namespace: 'default', name: uid, uid },
        node: 'vk',
        attempt: 1,
        restartPolicy: 'Always',
        containers: [],
        script: scriptOf({}, ''),
      });
    first.abort();
    await create('a');
    second.abort();
    await create('b');
    expect(seen).toEqual(['second a']);
    await platform.close();
  });
});
