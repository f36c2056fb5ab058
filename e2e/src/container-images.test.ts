// Images from a registry that asks for credentials and fails in every way, on a real engine.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import type { ContainerNode } from './container-node.js';
import { startContainerNode, untilAsked } from './container-node.js';
import { whyNoPodman } from './podman.js';
import type { Registry } from './registry.js';
import { startRegistry } from './registry.js';

const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
const account = { username: 'reader', password: 'a word that nobody may see' } as const;

describe.runIf(missing === undefined)(`images of pods on a real engine${reason}`, () => {
  let node: ContainerNode;
  let registry: Registry;
  const from = (repository: string, more: object = {}): object =>
    node.sh(repository.replace('/', '-'), untilAsked, {
      image: `${registry.host}/${repository}:1`,
      imagePullPolicy: 'IfNotPresent',
      ...more,
    });
  /** Waiting reasons and messages by container. */
  const waits = async (pod: string): Promise<ReadonlyMap<string, { reason?: string; message?: string }>> => {
    const { containerStatuses = [] } = (await node.pod(pod)).status;
    return new Map(containerStatuses.map(({ name, state }) => [name, state['waiting'] ?? {}]));
  };
  const events = async (pod: string): Promise<readonly string[]> => {
    const path = 'jsonpath={range .items[*]}{.reason}: {.message}{"\\n"}{end}';
    return (await node.kubectl('get', 'events', '--field-selector', `involvedObject.name=${pod}`, '-o', path)).split(
      '\n',
    );
  };

  beforeAll(async () => {
    node = await startContainerNode(sharedControlPlane(), { name: 'vk-images' });
    registry = await startRegistry({ tree: await readFile(join(node.engine.folder, 'tree.tar')), ...account });
    const { username, password } = account;
    await node.kubectl(
      'create',
      'secret',
      'docker-registry',
      'reader',
      `--docker-server=${registry.host}`,
      `--docker-username=${username}`,
      `--docker-password=${password}`,
    );
    await node.kubectl(
      'create',
      'secret',
      'docker-registry',
      'other',
      `--docker-server=${registry.host}`,
      `--docker-username=${username}`,
      '--docker-password=wrong',
    );
  });
  afterAll(async () => {
    await node.close();
    await registry.close();
  });

  test('are fetched, slowly and with the credentials of a pull secret, and used when they are there', async () => {
    registry.fail('public/slow', { slow: 6 });
    await node.createPod('fetches', {
      terminationGracePeriodSeconds: 1,
      imagePullSecrets: [{ name: 'reader' }, { name: 'nowhere' }],
      containers: [from('public/slow'), from('private/app')],
    });
    await node.ready('fetches');
    const image = `"${registry.host}/public/slow:1"`;
    const told = await waitFor('the events', async () => {
      const all = await events('fetches');
      return all.some((line) => line.startsWith(`Pulled: Successfully pulled image ${image}`)) ? all : undefined;
    });
    expect(told).toContain(`Pulling: Pulling image ${image}`);
    // What a kubelet does not tell: how far a long pull has come.
    expect(told).toContain(`Pulling: Pulling image ${image}: 1 layer begun after 5s`);
    expect(told.join('\n')).toMatch(
      /Pulled: Successfully pulled image "\S+slow:1" in [6-9]\.\d+s \([\d.ms]+ including waiting\)\. Image size: \d{6,} bytes\./,
    );
    const before = registry.asked('public/slow');
    await node.createPod('again', { terminationGracePeriodSeconds: 1, containers: [from('public/slow')] });
    await node.ready('again');
    expect(registry.asked('public/slow')).toBe(before);
    await waitFor(
      'the event',
      async () =>
        (await events('again')).includes(`Pulled: Container image ${image} already present on machine`) || undefined,
    );
    expect(node.log()).not.toContain(account.password);
    await node.remove('fetches');
    await node.remove('again');
  });

  test('that cannot be had are told apart, tried again with a pause, and run when the registry has healed', async () => {
    registry.fail('public/gone', 'missing');
    registry.fail('public/broken', 'broken');
    registry.fail('public/corrupt', 'corrupt');
    await node.createPod('fails', {
      terminationGracePeriodSeconds: 1,
      containers: [from('public/gone'), from('public/broken'), from('public/corrupt')],
    });
    await node.createPod('hopeless', {
      terminationGracePeriodSeconds: 1,
      imagePullSecrets: [{ name: 'other' }],
      containers: [
        from('private/secret'),
        from('public/absent', { imagePullPolicy: 'Never' }),
        node.sh('nonsense', untilAsked, { image: 'Not/AnImage', imagePullPolicy: 'IfNotPresent' }),
      ],
    });
    const seen = await waitFor('every container waits after a failure', async () => {
      const found = new Map([...(await waits('fails')), ...(await waits('hopeless'))]);
      const isPull = (name: string): boolean => found.get(name)?.reason === 'ImagePullBackOff';
      const pulled = ['public-gone', 'public-broken', 'public-corrupt', 'private-secret'];
      return pulled.every(isPull) ? found : undefined;
    });
    expect(seen.get('public-gone')?.message).toMatch(/manifest unknown/);
    expect(seen.get('public-broken')?.message).toMatch(/500/);
    expect(seen.get('public-corrupt')?.message).toMatch(/digest|does not match/i);
    expect(seen.get('private-secret')?.message).toMatch(/unauthorized|authentication/i);
    expect(seen.get('public-absent')?.reason).toBe('ErrImageNeverPull');
    expect(seen.get('nonsense')?.reason).toBe('InvalidImageName');
    for (const repository of ['public/gone', 'public/broken', 'public/corrupt']) registry.fail(repository, undefined);
    await node.ready('fails');
    expect((await events('fails')).some((line) => line.startsWith('BackOff: Back-off pulling image'))).toBe(true);
    await node.remove('fails');
    await node.remove('hopeless');
  });
});
