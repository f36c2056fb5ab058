import { Sensitive } from '@virtual-kubelet/base';
import type { ConfigMap, Container, Pod, Secret } from '@virtual-kubelet/kubernetes';
import { literal, resolve } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Absent, ConfigMapContent, SecretContent } from './config-content.js';
import { configMapContent, secretContent } from './config-content.js';
import { configSnapshot } from './config-snapshot.js';
import type { ContainerEnvironment } from './environment.js';
import { containerEnvironment } from './environment.js';

const canary = 'canary-4711';
const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

const configMaps: Record<string, ConfigMap> = {
  settings: {
    data: {
      LEVEL: 'debug',
      'log.file': '/var/log',
      'with space': 'x',
      'a=b': 'bad',
      über: 'bad',
      EMPTY: '',
    },
    binaryData: { BLOB: base64('bytes') },
  },
  odd: { data: JSON.parse('{"__proto__":"p","constructor":"c"}') as Record<string, string> },
};
const secrets: Record<string, Secret> = {
  keys: { data: { PASSWORD: base64(canary), LEVEL: base64('trace') } },
  broken: { data: { RAW: base64(new Uint8Array([0xff, 0xfe])) } },
};
const snapshot = configSnapshot({
  configMaps: new Map<string, ConfigMapContent | Absent>([
    ...Object.entries(configMaps).map(([name, object]) => [name, configMapContent(object)] as const),
    ['gone', 'absent'],
  ]),
  secrets: new Map<string, SecretContent | Absent>([
    ...Object.entries(secrets).map(([name, object]) => [name, secretContent(object)] as const),
    ['gone', 'absent'],
  ]),
});

function environment(container: Partial<Container>, services: Record<string, string> = {}): ContainerEnvironment {
  const whole: Container = { name: 'app', ...container };
  const pod: Pod = {
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', labels: { app: 'web' } },
    spec: { nodeName: 'vk', containers: [whole] },
  };
  return containerEnvironment(whole, {
    pod,
    snapshot,
    serviceVariables: new Map(Object.entries(services).map(([name, value]) => [name, literal(value)])),
    nodeAllocatable: { cpu: '4' },
  });
}

const facts = { podIPs: ['10.0.0.1', 'fd00::1'], hostIPs: ['192.168.0.1'] };

function shown(value: Sensitive | string): string {
  return value instanceof Sensitive ? `(${value.reveal()})` : value;
}

/** `NAME=value` in order; secret values in parentheses. */
function lines(answer: ContainerEnvironment): string[] {
  expect(answer.problems).toEqual([]);
  return answer.inputs.env.map(({ name, value }) => `${name}=${shown(resolve(value, facts))}`);
}

describe('envFrom', () => {
  test('takes every key that can be a name, and says once which it left out', () => {
    const answer = environment({ envFrom: [{ configMapRef: { name: 'settings' } }] });
    expect(lines(answer)).toEqual(['EMPTY=', 'LEVEL=debug', 'log.file=/var/log', 'with space=x']);
    expect(answer.notes).toEqual([
      {
        type: 'Warning',
        reason: 'InvalidEnvironmentVariableNames',
        message: expect.stringContaining('["a=b", "über"]'),
        fieldPath: 'spec.containers{app}',
      },
    ]);
  });

  test('puts the prefix before each key', () => {
    expect(lines(environment({ envFrom: [{ prefix: 'DB_', secretRef: { name: 'keys' } }] }))).toEqual([
      'DB_LEVEL=(trace)',
      `DB_PASSWORD=(${canary})`,
    ]);
  });

  test('a later source wins over an earlier one, and env over both', () => {
    const envFrom = [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }];
    expect(lines(environment({ envFrom }))).toContain('LEVEL=(trace)');
    expect(
      lines(environment({ envFrom, env: [{ name: 'LEVEL', value: 'off' }] })).filter((l) => l.startsWith('LEVEL')),
    ).toEqual(['LEVEL=off']);
  });

  test('keys that objects have by nature are keys like others', () => {
    expect(lines(environment({ envFrom: [{ configMapRef: { name: 'odd' } }] }))).toEqual([
      '__proto__=p',
      'constructor=c',
    ]);
  });

  test('an optional source may be missing', () => {
    const answer = environment({
      envFrom: [{ configMapRef: { name: 'gone', optional: true } }, { secretRef: { name: 'gone', optional: true } }],
    });
    expect(lines(answer)).toEqual([]);
    expect(answer.notes.map((note) => note.reason)).toEqual(['OptionalConfigMapNotFound', 'OptionalSecretNotFound']);
  });

  test('a reference without a name is a missing object', () => {
    expect(environment({ envFrom: [{ configMapRef: {} }] }).problems[0]?.message).toBe('configmap "" not found');
  });
});

describe('env', () => {
  test('keeps the order of the spec; of two definitions the later counts, in its place', () => {
    const env = [
      { name: 'B', value: '1' },
      { name: 'A', value: '2' },
      { name: 'B', value: '3$(B)' },
    ];
    expect(lines(environment({ env }))).toEqual(['A=2', 'B=31']);
  });

  test('references see what is before them, then Services, and are otherwise left alone', () => {
    const env = [
      { name: 'EARLY', value: '$(LATE)-$(SVC)' },
      { name: 'LATE', value: 'x' },
      { name: 'SVC', value: 'own' },
      { name: 'ALL', value: '$(EARLY)|$(LATE)|$(SVC)|$(OTHER)|$$(LATE)' },
    ];
    expect(lines(environment({ env }, { SVC: 'svc', OTHER: 'o' }))).toEqual([
      'EARLY=$(LATE)-svc',
      'LATE=x',
      'SVC=own',
      'ALL=$(LATE)-svc|x|own|o|$(LATE)',
      'OTHER=o',
    ]);
  });

  test('a variable without value is empty, and hides a Service variable', () => {
    expect(lines(environment({ env: [{ name: 'SVC' }, { name: 'E', value: '' }] }, { SVC: 'svc' }))).toEqual([
      'SVC=',
      'E=',
    ]);
  });

  test('values of ConfigMaps, Secrets and fields are not expanded, but can be referred to', () => {
    const env = [
      { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'LEVEL' } } },
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'keys', key: 'PASSWORD' } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      { name: 'URL', value: 'http://$(APP):$(PASSWORD)@$(IP)/$(LEVEL)?cpu=$(CPU)' },
    ];
    expect(lines(environment({ env }))).toEqual([
      'LEVEL=debug',
      `PASSWORD=(${canary})`,
      'IP=10.0.0.1',
      'APP=web',
      'CPU=4000',
      `URL=(http://web:${canary}@10.0.0.1/debug?cpu=4000)`,
    ]);
  });

  test('an optional key may be missing: the variable is left as it was', () => {
    const env = [
      { name: 'X', value: 'default' },
      {
        name: 'X',
        valueFrom: { configMapKeyRef: { name: 'settings', key: 'none', optional: true } },
      },
      { name: 'X', valueFrom: { secretKeyRef: { name: 'gone', key: 'none', optional: true } } },
      {
        name: 'X',
        valueFrom: { configMapKeyRef: { name: 'settings', key: 'BLOB', optional: true } },
      },
    ];
    const answer = environment({ env });
    expect(lines(answer)).toEqual(['X=default']);
    expect(answer.notes.map((note) => note.reason)).toEqual([
      'OptionalConfigMapKeyNotFound',
      'OptionalSecretNotFound',
      'OptionalConfigMapKeyNotFound',
    ]);
  });

  test.each([
    [{ configMapKeyRef: { name: 'gone', key: 'k' } }, 'configmap "gone" not found', 'MandatoryConfigMapNotFound'],
    [{ secretKeyRef: { name: 'gone', key: 'k' } }, 'secret "gone" not found', 'MandatorySecretNotFound'],
    [
      { configMapKeyRef: { name: 'settings', key: 'k' } },
      "couldn't find key k in ConfigMap shop/settings",
      'MandatoryConfigMapKeyNotFound',
    ],
    [
      { secretKeyRef: { name: 'keys', key: 'k' } },
      "couldn't find key k in Secret shop/keys",
      'MandatorySecretKeyNotFound',
    ],
    [
      { secretKeyRef: { name: 'keys', key: 'toString' } },
      "couldn't find key toString in Secret shop/keys",
      'MandatorySecretKeyNotFound',
    ],
    [
      { secretKeyRef: { name: 'broken', key: 'RAW' } },
      expect.stringContaining('key RAW in Secret shop/broken is not UTF-8'),
      'Failed',
    ],
    [
      { fieldRef: { fieldPath: 'status.phase' } },
      expect.stringContaining('unsupported fieldPath: status.phase'),
      'Failed',
    ],
    [
      { resourceFieldRef: { resource: 'limits.pods' } },
      expect.stringContaining('unsupported container resource: limits.pods'),
      'Failed',
    ],
    [
      { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } },
      expect.stringContaining('fileKeyRef is not supported'),
      'Failed',
    ],
    [{}, expect.stringContaining('does not know'), 'Failed'],
  ])('%j keeps the container from starting', (valueFrom, message, reason) => {
    const { problems } = environment({ env: [{ name: 'X', valueFrom }] });
    expect(problems).toEqual([
      { message, events: [expect.objectContaining({ reason, fieldPath: 'spec.containers{app}' })] },
    ]);
  });

  test('reports everything that is missing, first things first', () => {
    const env = ['a', 'b', 'c'].map((key) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: 'keys', key } },
    }));
    expect(environment({ env }).problems.map((problem) => problem.message)).toEqual(
      ['a', 'b', 'c'].map((key) => `couldn't find key ${key} in Secret shop/keys`),
    );
  });
});

describe('command and args', () => {
  test('see the whole environment, Services included', () => {
    const { inputs } = environment(
      {
        command: ['$(A)', '$$(A)'],
        args: ['--password=$(P)', '$(SVC)', '$(NOBODY)'],
        env: [
          { name: 'A', value: 'run' },
          { name: 'P', valueFrom: { secretKeyRef: { name: 'keys', key: 'PASSWORD' } } },
        ],
      },
      { SVC: 'svc' },
    );
    expect(inputs.command?.map((word) => shown(resolve(word, facts)))).toEqual(['run', '$(A)']);
    expect(inputs.args?.map((word) => shown(resolve(word, facts)))).toEqual([
      `(--password=${canary})`,
      'svc',
      '$(NOBODY)',
    ]);
  });

  test("without them the image's own are meant", () => {
    expect(environment({ command: [], args: [] }).inputs).toEqual({ name: 'app', env: [] });
  });
});

describe('an environment that would fill the memory', () => {
  test('is refused by name', () => {
    const env = Array.from({ length: 40 }, (_, i) => ({
      name: `V${i}`,
      value: i === 0 ? 'x'.repeat(1_000) : `$(V${i - 1})$(V${i - 1})`,
    }));
    const { problems } = environment({ env });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/container "app" take more than 2097152 characters, at variable V\d+/);
  });

  test('is refused when many variables hold one large value', () => {
    const env = Array.from({ length: 10_000 }, (_, i) => ({
      name: `V${i}`,
      value: 'x'.repeat(1_000),
    }));
    expect(environment({ env }).problems).toHaveLength(1);
  });
});

test('no value of a Secret shows in what is said or written', () => {
  const answer = environment({
    envFrom: [{ secretRef: { name: 'keys' } }],
    env: [
      { name: 'P', value: 'x$(PASSWORD)' },
      { name: 'Q', valueFrom: { secretKeyRef: { name: 'keys', key: 'none' } } },
    ],
    args: ['$(P)'],
  });
  expect(JSON.stringify(answer)).not.toContain(canary);
  expect(JSON.stringify(answer)).not.toContain(base64(canary));
});

test('any list of variables gives each name once, with the last value, whatever the names are', () => {
  const name = fc.constantFrom('A', 'B', '__proto__', 'constructor', 'toString');
  fc.assert(
    fc.property(fc.array(fc.record({ name, value: fc.constantFrom('1', '2', '3') })), (env) => {
      const last = new Map(env.map((variable) => [variable.name, variable.value]));
      const answer = environment({ env }).inputs.env.map((variable) => [variable.name, resolve(variable.value, facts)]);
      expect(new Map(answer as [string, string][])).toEqual(last);
      expect(answer).toHaveLength(last.size);
    }),
  );
});

describe('subPathExpr of volume mounts', () => {
  function paths(subPathExpr: string, env: Container['env'] = []) {
    return environment({ env, volumeMounts: [{ name: 'v', mountPath: '/logs', subPathExpr }] });
  }
  const podName = { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };

  test('are expanded with where each part is from', () => {
    const { inputs, problems } = paths('logs/$(POD)', [podName]);
    expect(problems).toEqual([]);
    expect(inputs.subPaths?.[0]?.path.parts).toEqual([
      { from: 'literal', text: 'logs/' },
      { from: 'field', path: 'metadata.name', text: 'web' },
    ]);
  });

  test('may wait for the address of the pod', () => {
    const address = { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } };
    expect(paths('$(IP)', [address]).inputs.subPaths?.[0]?.path.parts).toEqual([
      { from: 'runtime', field: 'status.podIP' },
    ]);
  });

  test.each([
    ['$(NONE)', 'variable NONE, which has no value'],
    ['/$(POD)', 'absolute'],
    ['a/../$(POD)', '..'],
  ])('%s keeps the container from starting', (expression, reason) => {
    const { problems } = paths(expression, [podName]);
    expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining(reason)]);
  });

  test('count in the size of the container', () => {
    const big = { name: 'BIG', value: 'x'.repeat(800_000) };
    expect(paths('$(BIG)', [big]).problems[0]?.message).toContain('at subPathExpr');
  });
});
