import { resources } from '@virtual-kubelet/client';
import { expect, test } from 'vitest';
import { waitFor } from '../harness/wait.js';
import type { World } from './world.js';
import { podOf, untilReady } from './world.js';

/** What a pod is configured with, when it comes late. */
export function configurationCases(world: () => World): void {
  test('a pod waits for its ConfigMap and its Secret, says so, and heals by itself', async () => {
    const { driver, node, agent } = world();
    const place = { namespace: node, name: 'needs-both' };
    const late = { namespace: node, name: 'late' };
    const container = {
      env: [{ name: 'WORD', valueFrom: { secretKeyRef: { name: late.name, key: 'word' } } }],
      envFrom: [{ configMapRef: { name: late.name } }],
      volumeMounts: [{ name: 'secret', mountPath: '/secret' }],
    };
    const volumes = [{ name: 'secret', secret: { secretName: late.name, optional: true } }];
    const inPod = async (...command: readonly string[]): Promise<string> =>
      (await driver.exec(place, command)).stdout.toString();
    const untilItWaitsFor = (missing: string): Promise<unknown> =>
      waitFor(`the pod says that it waits: ${missing}`, async () => {
        const pod = await driver.get(resources.pods, place);
        const reason = pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
        const events = await driver.list(resources.events, node);
        const isTold = events.some((event) => event.involvedObject.name === place.name && event.reason === missing);
        return (reason === 'CreateContainerConfigError' && isTold) || undefined;
      });

    await driver.create(podOf(world(), place.name, { container, spec: { volumes } }));
    await untilItWaitsFor('MandatoryConfigMapNotFound');
    await driver.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: late, data: { colour: 'green' } } as object);
    await untilItWaitsFor('MandatorySecretNotFound');
    const stringData = { word: 'canary' };
    await driver.create({ apiVersion: 'v1', kind: 'Secret', metadata: late, stringData } as object);
    await untilReady(driver, place);
    expect((await inPod('env')).split('\n')).toEqual(expect.arrayContaining(['WORD=canary', 'colour=green']));
    expect(await inPod('cat', '/secret/word')).toBe('canary');
    // What is in a Secret is never logged.
    expect(agent().log()).not.toMatch(/canary/);
  });
}
