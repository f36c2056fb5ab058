import type { LogLine } from '@virtual-kubelet/base';
import { ManualClock, recordingLogger, seededIds, seededRandom, silentLogger } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import { createApiClient, resources } from '@virtual-kubelet/client';
import { createPlayground } from '@virtual-kubelet/playground';
import { describe, expect, test } from 'vitest';
import { clusterAuthorities } from './cluster-authorities.js';

const place = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const pem = (text: string): string => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const look = 300_000;

/** A cluster that publishes what the test says. */
function cluster() {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const lines: LogLine[] = [];
  const playground = createPlayground({ clock, random, ids: seededIds(random), logger: silentLogger });
  const client = createApiClient({ transport: playground.transport(), clock, random, logger: silentLogger });
  let fails = false;
  const watched: Pick<ApiClient, 'get'> = {
    get: (...call) => (fails ? Promise.reject(new Error('out of reach')) : client.get(...call)),
  };
  return {
    clock,
    lines,
    follow: () => clusterAuthorities({ ...client, ...watched }, { clock, logger: recordingLogger(lines) }),
    async publish(text: string) {
      await client.patch(resources.configMaps, place, {
        patch: {
          type: 'apply',
          body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: place, data: { 'client-ca-file': text } },
          fieldManager: 'test',
          force: true,
        },
      });
    },
    delete: () => client.delete(resources.configMaps, place),
    outage(on: boolean) {
      fails = on;
    },
  };
}

describe('the client authorities that a cluster publishes', () => {
  test('are those of now, and the next ones once they are there', async () => {
    const { clock, follow, publish } = cluster();
    await publish(pem('one'));
    const held = await follow();
    let changes = 0;
    const stop = held?.subscribe(() => (changes += 1));
    expect(held?.pem).toBe(pem('one'));
    await clock.advance(look);
    expect(changes).toBe(0);
    await publish(pem('two'));
    await clock.advance(look);
    expect([held?.pem, changes]).toEqual([pem('two'), 1]);
    stop?.();
    await publish(pem('three'));
    await clock.advance(look);
    expect([held?.pem, changes]).toEqual([pem('three'), 1]);
    held?.close();
  });

  test('are none where none are published', async () => {
    const { follow, publish } = cluster();
    await publish('no certificate');
    expect(await follow()).toBeUndefined();
  });

  test('stay while they cannot be read, are gone, or are no authorities', async () => {
    const { clock, lines, follow, publish, delete: remove, outage } = cluster();
    await publish(pem('one'));
    const held = await follow();
    outage(true);
    await clock.advance(look);
    expect(lines.map(({ message }) => message)).toEqual(['the client authorities in use stay']);
    outage(false);
    await publish('rubbish');
    await clock.advance(look);
    await remove();
    await clock.advance(look);
    expect(held?.pem).toBe(pem('one'));
    await publish(pem('two'));
    await clock.advance(look);
    expect(held?.pem).toBe(pem('two'));
    held?.close();
  });

  test('are not looked at any more once they are let go of', async () => {
    const { clock, follow, publish } = cluster();
    await publish(pem('one'));
    const held = await follow();
    held?.close();
    await publish(pem('two'));
    await clock.advance(2 * look);
    expect(held?.pem).toBe(pem('one'));
  });
});
