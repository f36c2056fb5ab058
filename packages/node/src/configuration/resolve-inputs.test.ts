import type { Pod, PodSpec } from '@virtual-kubelet/kubernetes';
import type { ConsumedInputs } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Absent, SecretContent } from './config-content.js';
import { configMapContent, secretContent } from './config-content.js';
import type { SnapshotContents } from './config-snapshot.js';
import { configSnapshot } from './config-snapshot.js';
import { referencesOf } from './references.js';
import type { InputsContext, InputsOutcome } from './resolve-inputs.js';
import { serviceVariablesMaker } from './service-environment.js';
import { inputsOf } from './resolve-inputs.js';

const everything: ConsumedInputs = { env: true, volumes: true, tokens: true, pullSecrets: true };
const nothing: ConsumedInputs = { env: false, volumes: false, tokens: false, pullSecrets: false };
const serviceVariables = serviceVariablesMaker();
const clusterNetwork = { clusterDomain: 'cluster.local', dnsAddresses: ['10.96.0.10'] };
const none: SnapshotContents = {
  configMaps: new Map([['gone', 'absent']]),
  secrets: new Map([['gone', 'absent']]),
};

function outcome(spec: Partial<PodSpec>, contents = none, consumes = everything): InputsOutcome {
  const pod: Pod = {
    metadata: { name: 'web', namespace: 'shop', uid: 'u' },
    spec: { containers: [{ name: 'app' }], ...spec },
  };
  const context: InputsContext = { consumes, clusterNetwork, nodeName: 'vk', nodeAllocatable: {}, serviceVariables };
  return inputsOf(pod, configSnapshot(contents), context);
}

const missingEnv = (key: string) => [{ name: 'X', valueFrom: { secretKeyRef: { name: 'gone', key } } }];

describe('the inputs of a pod', () => {
  test('have one entry for each container, in the order init, regular, ephemeral', () => {
    const answer = outcome({
      initContainers: [{ name: 'i' }],
      containers: [{ name: 'c' }],
      ephemeralContainers: [{ name: 'e' }],
    });
    expect(answer).toEqual({
      kind: 'resolved',
      inputs: {
        containers: [
          { name: 'i', env: [] },
          { name: 'c', env: [] },
          { name: 'e', env: [] },
        ],
        volumes: [],
        pullSecrets: [],
        dns: expect.objectContaining({ nameservers: ['10.96.0.10'] }),
        hostname: 'web',
        clusterNetwork,
      },
      notes: [],
    });
  });

  test('wait for volumes before environments, and tell of both', () => {
    const answer = outcome({
      containers: [{ name: 'app', env: missingEnv('k') }],
      volumes: [{ name: 'v', configMap: { name: 'gone' } }],
    });
    expect(answer).toMatchObject({
      kind: 'missing',
      waitingReason: 'ContainerCreating',
      message: 'volume "v": configmap "gone" not found',
    });
    expect(answer).not.toHaveProperty('container');
    expect(answer.kind === 'missing' && answer.events.map((event) => event.reason)).toEqual([
      'FailedMount',
      'MandatorySecretNotFound',
    ]);
  });

  test('name the first container that cannot start', () => {
    const answer = outcome({
      initContainers: [{ name: 'prepare', env: missingEnv('k') }],
      containers: [{ name: 'app', env: missingEnv('k') }],
    });
    expect(answer).toMatchObject({
      kind: 'missing',
      container: 'prepare',
      waitingReason: 'CreateContainerConfigError',
      message: 'secret "gone" not found',
    });
  });

  test('a host name that cannot be had keeps the pod waiting', () => {
    const answer = outcome({ hostname: 'h'.repeat(63), subdomain: 's', setHostnameAsFQDN: true });
    expect(answer).toMatchObject({
      kind: 'missing',
      waitingReason: 'ContainerCreating',
      events: [{ reason: 'FailedCreatePodSandBox' }],
    });
  });

  test('missing pull secrets do not', () => {
    const answer = outcome({ imagePullSecrets: [{ name: 'gone' }] });
    expect(answer).toMatchObject({ kind: 'resolved', notes: [{ reason: 'FailedToRetrieveImagePullSecret' }] });
  });

  test('what is not consumed is empty, and nothing can be missing in it', () => {
    const answer = outcome(
      {
        containers: [{ name: 'app', command: ['x'], env: missingEnv('k') }],
        volumes: [
          { name: 'v', secret: { secretName: 'never read' } },
          { name: 'e', emptyDir: {} },
        ],
        imagePullSecrets: [{ name: 'never read' }],
      },
      {},
      nothing,
    );
    expect(answer).toMatchObject({
      kind: 'resolved',
      inputs: { containers: [{ name: 'app', env: [] }], volumes: [], pullSecrets: [] },
    });
  });

  test('no Secret shows in any outcome', () => {
    const canary = 'canary-9000';
    const secrets = new Map<string, SecretContent | Absent>([
      ['s', secretContent({ data: { k: Buffer.from(canary).toString('base64') } })],
      ['gone', 'absent'],
    ]);
    const spec = {
      containers: [
        { name: 'app', args: ['$(X)'], envFrom: [{ secretRef: { name: 's' } }], env: [{ name: 'X', value: '$(k)' }] },
      ],
      volumes: [{ name: 'v', secret: { secretName: 's' } }],
    };
    const good = outcome(spec, { secrets });
    const bad = outcome({ ...spec, imagePullSecrets: [{ name: 's' }], hostname: 'NO' }, { secrets });
    expect(good.kind).toBe('resolved');
    expect(bad.kind).toBe('missing');
    const said = JSON.stringify([good, bad]);
    expect(said).not.toContain(canary);
    expect(said).not.toContain(Buffer.from(canary).toString('base64'));
  });
});

/** Pods that refer to few objects in all ways there are. */
const arbitraryPod: fc.Arbitrary<Pod> = (() => {
  const name = fc.constantFrom('a', 'b', '__proto__', '');
  const optional = fc.boolean();
  const ref = fc.record({ name, optional });
  const keyRef = fc.record({ name, key: fc.constantFrom('k', 'l', 'constructor'), optional });
  const valueFrom = fc.oneof(
    keyRef.map((secretKeyRef) => ({ secretKeyRef })),
    keyRef.map((configMapKeyRef) => ({ configMapKeyRef })),
    fc.constantFrom('metadata.name', 'status.podIP', 'nonsense').map((fieldPath) => ({ fieldRef: { fieldPath } })),
  );
  const variable = fc.oneof(
    fc.record({ name: fc.constantFrom('X', 'Y'), value: fc.constantFrom('', '$(X)', '$(Y)$(X)') }),
    fc.record({ name: fc.constantFrom('X', 'Y'), valueFrom }),
  );
  const envFrom = fc.oneof(
    ref.map((secretRef) => ({ secretRef })),
    ref.map((configMapRef) => ({ configMapRef })),
  );
  const container = fc.record({
    name: fc.constant('c'),
    env: fc.array(variable),
    envFrom: fc.array(envFrom, { maxLength: 3 }),
  });
  const source = fc.oneof(
    ref.map((configMap) => ({ configMap })),
    ref.map((secret) => ({ secret })),
  );
  const volume = fc.oneof(
    ref.map((configMap) => ({ name: 'v', configMap })),
    ref.map((s) => ({ name: 'v', secret: { secretName: s.name, optional: s.optional } })),
    fc.array(source, { maxLength: 3 }).map((sources) => ({ name: 'v', projected: { sources } })),
    name.map((claimName) => ({ name: 'v', persistentVolumeClaim: { claimName } })),
  );
  return fc
    .record({
      initContainers: fc.array(container, { maxLength: 1 }),
      containers: fc.array(container, { maxLength: 2 }),
      volumes: fc.array(volume, { maxLength: 3 }),
      imagePullSecrets: fc.array(fc.record({ name }), { maxLength: 2 }),
    })
    .map((spec) => ({ metadata: { name: 'p', namespace: 'n', uid: 'u' }, spec }));
})();

describe('any pod', () => {
  const consumed = fc.record({
    env: fc.boolean(),
    volumes: fc.boolean(),
    tokens: fc.boolean(),
    pullSecrets: fc.boolean(),
  });
  const known = fc.boolean();

  test('refers to all that is used in resolving it, and resolves alike each time', () => {
    fc.assert(
      fc.property(arbitraryPod, consumed, known, (pod, consumes, exist) => {
        const names = (kind: string): string[] =>
          referencesOf(pod, consumes).flatMap((reference) => (reference.kind === kind ? reference.name : []));
        const configMap = configMapContent({ data: { k: '1', l: '$(X)' } });
        const secret = secretContent({ data: { k: 'MQ==', constructor: 'Mg==' } });
        const contents: SnapshotContents = {
          configMaps: new Map(names('ConfigMap').map((name) => [name, exist ? configMap : 'absent'])),
          secrets: new Map(names('Secret').map((name) => [name, exist ? secret : 'absent'])),
          claims: new Map([...names('PersistentVolumeClaim'), ''].map((name) => [name, { bound: {} }])),
        };
        const context: InputsContext = {
          consumes,
          clusterNetwork,
          nodeName: 'vk',
          nodeAllocatable: {},
          serviceVariables,
        };
        const answer = inputsOf(pod, configSnapshot(contents), context);
        expect(inputsOf(pod, configSnapshot(contents), context)).toEqual(answer);
        expect(answer.kind === 'missing' && answer.events.length === 0).toBe(false);
      }),
    );
  });
});
