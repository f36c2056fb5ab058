// Custom resources in a playground, as users of stock kubectl meet them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import type { ControlPlane } from '@virtual-kubelet/playground';
import { startControlPlane } from '@virtual-kubelet/playground';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlReleases } from './harness/kubectl-releases.js';
import type { KubectlUser } from './harness/kubectl-user.js';
import { kubectlUser } from './harness/kubectl-user.js';

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: crontabs.stable.example.com
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Schedule, type: string, jsonPath: .spec.schedule}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas, priority: 1}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            description: What is wanted.
            required: [schedule]
            properties:
              schedule: {type: string, pattern: '^\\S+( \\S+){4}$', description: When it runs.}
              replicas: {type: integer, minimum: 1, maximum: 10, default: 1}
              steps:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}, image: {type: string}}
          status:
            type: object
            properties: {replicas: {type: integer}}
`;

const cronTab = (spec: object): string =>
  JSON.stringify({ apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name: 'nightly' }, spec });

describe.each(kubectlReleases())('kubectl $release', ({ path }) => {
  let plane: ControlPlane;
  let folder: string;
  let user: KubectlUser;
  const kubectl: KubectlUser['kubectl'] = (args, input) => user.kubectl(args, input);
  const tried: KubectlUser['tried'] = (args, more) => user.tried(args, more);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-custom-resources-'));
    user = kubectlUser(path, folder);
    plane = await startControlPlane({ clock: systemClock, random: systemRandom, ids: systemIds, listen: {} });
    await writeFile(join(folder, 'kubeconfig'), plane.served?.kubeconfig() ?? '', { mode: 0o600 });
  });

  afterAll(async () => {
    await plane.stop();
    await rm(folder, { recursive: true });
  });

  test('a kind is defined, explained and listed', async () => {
    expect(await kubectl('apply -f -', definition)).toBe(
      'customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created',
    );
    await kubectl('wait crd/crontabs.stable.example.com --for=condition=Established --timeout=10s');
    expect(await kubectl('get crd -o name')).toBe(
      'customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com',
    );
    expect(await kubectl('api-resources --api-group=stable.example.com --no-headers')).toMatch(
      /^crontabs +ct +stable.example.com\/v1 +true +CronTab$/,
    );
    expect(await kubectl('explain ct.spec')).toMatch(
      /What is wanted\.[^]*schedule\t<string> -required-\n +When it runs\./,
    );
  });

  test('objects are applied by the client and by the server, and checked', async () => {
    const first = cronTab({ schedule: '* * * * 5', steps: [{ name: 'a' }] });
    expect(await kubectl('apply -f -', first)).toBe('crontab.stable.example.com/nightly created');
    expect(await kubectl('apply -f -', first)).toBe('crontab.stable.example.com/nightly unchanged');
    expect(await kubectl('apply -f -', cronTab({ schedule: '0 * * * 5', steps: [{ name: 'a' }] }))).toBe(
      'crontab.stable.example.com/nightly configured',
    );
    expect(
      await kubectl(
        'apply --server-side --field-manager=other -f -',
        cronTab({ schedule: '0 * * * 5', steps: [{ name: 'b' }] }),
      ),
    ).toContain('serverside-applied');
    // kubectl hands what it applied itself over to the new manager, which says nothing of the first step.
    expect(await kubectl('get ct nightly -o jsonpath={.spec.steps[*].name}')).toBe('b');
    expect((await tried('create -f -', { input: cronTab({ schedule: 'now' }) })).stderr).toContain(
      'spec.schedule: Invalid value: "now"',
    );
    expect((await tried('create -f -', { input: cronTab({ schedule: '* * * * 5', foo: 1 }) })).stderr).toContain(
      'unknown field "spec.foo"',
    );
    expect((await tried('apply -f -', { input: cronTab({ replicas: 99 }) })).stderr).toContain(
      'spec.replicas: Invalid value: 99',
    );
  });

  test('objects are shown, patched and scaled', async () => {
    expect(await kubectl('get ct')).toMatch(/^NAME +SCHEDULE +AGE\nnightly +0 \* \* \* 5 +\d+s$/);
    expect(await kubectl('get ct -o wide --no-headers')).toMatch(/^nightly +0 \* \* \* 5 +1 +\d+s$/);
    expect(await kubectl('get all -o name')).toContain('crontab.stable.example.com/nightly');
    await kubectl('patch ct nightly --type=merge -p {"spec":{"replicas":2}}');
    await kubectl('patch ct nightly --type=json -p [{"op":"replace","path":"/spec/replicas","value":3}]');
    expect((await tried('patch ct nightly --type=strategic -p {"spec":{"replicas":4}}')).stderr).toContain(
      'media types include',
    );
    await kubectl('scale ct nightly --replicas=5');
    await kubectl('label ct nightly a=b');
    await kubectl('patch ct nightly --subresource=status --type=merge -p {"status":{"replicas":5}}');
    expect(await kubectl('get ct -l a=b -o jsonpath={..spec.replicas}:{..status.replicas}:{..generation}')).toBe(
      '5:5:7',
    );
    expect(await kubectl('wait ct/nightly --for=jsonpath={.status.replicas}=5 --timeout=10s')).toContain(
      'condition met',
    );
  });

  test('objects go on command, with their finalizers, and with their kind', async () => {
    await kubectl('patch ct nightly --type=merge -p {"metadata":{"finalizers":["example.com/wait"]}}');
    await kubectl('delete ct nightly --wait=false');
    expect(await kubectl('get ct nightly -o jsonpath={.metadata.deletionTimestamp}')).not.toBe('');
    await kubectl('patch ct nightly --type=merge -p {"metadata":{"finalizers":null}}');
    expect((await tried('get ct nightly')).stderr).toContain('crontabs.stable.example.com "nightly" not found');
    await kubectl('create -f -', cronTab({ schedule: '* * * * 5' }));
    await kubectl('delete crd crontabs.stable.example.com');
    expect(plane.playground.server.store.state.collection('stable.example.com/crontabs').size).toBe(0);
    expect((await tried('get crontabs.stable.example.com')).code).toBe(1);
  });
});
