import { describe, expect, it, onTestFinished } from 'vitest';
import type { PodWorld } from '../pod-world.test-kit.js';
import { podOf, podWorld } from '../pod-world.test-kit.js';

async function world(): Promise<PodWorld> {
  const made = await podWorld();
  onTestFinished(() => made.stop());
  return made;
}

const told = ({ notices }: PodWorld): readonly string[] =>
  notices.map(({ reason, message }) => `${reason}: ${message}`);

describe('the words of a pod', () => {
  it('say where its image came from, and why there is none', async () => {
    const w = await world();
    await w.create(podOf());
    expect(told(w)[0]).toBe('Pulled: Container image "img:1" already present on machine');
    const never = await world();
    await never.create(podOf({ containers: [{ name: 'a', image: 'no:1', imagePullPolicy: 'Never' }] }));
    expect(told(never)).toEqual([
      'ErrImageNeverPull: Container image "no:1" is not present with pull policy of Never',
      'Failed: Error: ErrImageNeverPull',
    ]);
  });

  it.each([
    ['Always', 'Container a failed liveness probe, will be restarted'],
    ['Never', 'Container a failed liveness probe'],
  ])('say what a probe that gave up leads to (restartPolicy %s)', async (restartPolicy, message) => {
    const w = await world();
    const livenessProbe = { tcpSocket: { port: 1 }, periodSeconds: 1, failureThreshold: 1 };
    await w.create(podOf({ restartPolicy, containers: [{ name: 'a', image: 'img:1', livenessProbe }] }));
    await w.clock.advance(2_000);
    expect(told(w)).toContain(`Killing: ${message}`);
  });

  it('are, at the last, no more than 2,048 bytes of whole characters', async () => {
    const w = await world();
    w.backend.behaviours.set('a', { runTime: 1_000, exitCode: 1, log: `${'ü'.repeat(2_000)}x` });
    const terminationMessagePolicy = 'FallbackToLogsOnError';
    await w.create(
      podOf({ restartPolicy: 'Never', containers: [{ name: 'a', image: 'img:1', terminationMessagePolicy }] }),
    );
    await w.clock.advance(2_000);
    expect(w.seen('a')?.state).toMatchObject({ terminated: { message: `${'ü'.repeat(1_023)}x` } });
  });

  it('add the aliases of a pod on the network of the machine to the hosts file of the machine', async () => {
    const rights = { hostPaths: [], privileged: false, hostNamespaces: true };
    const w = await podWorld({ rights });
    onTestFinished(() => w.stop());
    const hostAliases = [{ ip: '192.0.2.9', hostnames: ['db', 'db.example'] }];
    await w.create(podOf({ hostNetwork: true, hostAliases }));
    const file = w.storage.files.get('/pods/u1/etc/hosts') ?? '';
    expect(file.split('\n').slice(1)).toEqual(['127.0.0.1\tmachine', '192.0.2.9\tdb\tdb.example', '']);
    expect(w.backend.containerSpecs[0]?.mounts).toContainEqual(expect.objectContaining({ target: '/etc/hosts' }));
  });

  it('name a pod in its hosts file once by its whole name and once by its own', async () => {
    const w = await world();
    await w.create(podOf({ subdomain: 'web' }), { hostname: 'p.web.ns.svc.cluster.local' });
    expect(w.storage.files.get('/pods/u1/etc/hosts')).toContain('\tp.web.ns.svc.cluster.local\tp\n');
  });
});
