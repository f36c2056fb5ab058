import { Sensitive } from '@virtual-kubelet/base';
import type { Pod, Volume } from '@virtual-kubelet/kubernetes';
import type { ContentVolume } from '@virtual-kubelet/provider';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Absent, ConfigMapContent, SecretContent } from './config-content.js';
import { configMapContent, secretContent } from './config-content.js';
import type { ClaimAnswer, PodToken, SnapshotContents } from './config-snapshot.js';
import { configSnapshot, tokenKey } from './config-snapshot.js';
import { contentVolume, safePath } from './volume-files.js';
import type { VolumeOutcome } from './volumes.js';
import { volumeInputs } from './volumes.js';

const canary = 'canary-0815';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const contents: SnapshotContents = {
  configMaps: new Map<string, ConfigMapContent | Absent>([
    ['settings', configMapContent({ data: { 'app.conf': 'ä', z: '' }, binaryData: { blob: 'AAEC' } })],
    ['gone', 'absent'],
  ]),
  secrets: new Map<string, SecretContent | Absent>([
    ['keys', secretContent({ data: { password: base64(canary), other: base64('o') } })],
    ['gone', 'absent'],
  ]),
  claims: new Map<string, ClaimAnswer>([
    ['disk', { bound: { nfs: { server: 'nfs', path: '/' } } }],
    ['web-scratch', { bound: { csi: { driver: 'd', volumeHandle: 'h' } } }],
    ['pending', { waiting: 'PVC is not bound' }],
  ]),
  tokens: new Map<string, PodToken | Absent>([
    [tokenKey({ expirationSeconds: 3607 }), { text: new Sensitive(`token-${canary}`), renewAt: 2_000 }],
    [tokenKey({ audience: 'vault' }), { text: new Sensitive('vault-token'), renewAt: 1_000 }],
    [tokenKey({ audience: 'none' }), 'absent'],
  ]),
};

function resolved(volume: Omit<Volume, 'name'>, more: { tokens?: boolean; uid?: string } = {}): VolumeOutcome {
  const pod: Pod = {
    metadata: { name: 'web', namespace: 'shop', uid: more.uid ?? 'u1', labels: { app: 'web' } },
    spec: { serviceAccountName: 'robot', containers: [{ name: 'c', resources: { limits: { memory: '1Gi' } } }] },
  };
  const context = {
    pod,
    snapshot: configSnapshot(contents),
    consumes: { tokens: more.tokens ?? true },
    nodeAllocatable: {},
  };
  return volumeInputs({ name: 'v', ...volume }, context);
}

function content(outcome: VolumeOutcome): ContentVolume {
  expect(outcome.problem).toBeUndefined();
  if (outcome.volume?.kind !== 'contents') throw new Error(`not a content volume: ${JSON.stringify(outcome)}`);
  return outcome.volume;
}

/** `path mode content` for each file. */
function files(outcome: VolumeOutcome): string[] {
  return content(outcome).files.map(
    (file) => `${file.path} ${file.mode.toString(8)} ${Buffer.from(file.content.reveal(), 'base64').toString()}`,
  );
}

describe('ConfigMap and Secret volumes', () => {
  test('hold one file for each key, text and bytes alike', () => {
    const outcome = resolved({ configMap: { name: 'settings' } });
    expect(files(outcome)).toEqual(['app.conf 644 ä', 'blob 644 \u0000\u0001\u0002', 'z 644 ']);
    expect(content(outcome).sensitive).toBe(false);
  });

  test('Secret volumes are sensitive and take their modes', () => {
    const outcome = resolved({ secret: { secretName: 'keys', defaultMode: 0o400 } });
    expect(files(outcome)).toEqual(['other 400 o', `password 400 ${canary}`]);
    expect(content(outcome).sensitive).toBe(true);
  });

  test('items choose keys, paths and modes', () => {
    const items = [
      { key: 'z', path: 'deep/er/file', mode: 0o600 },
      { key: 'blob', path: './b' },
    ];
    expect(files(resolved({ configMap: { name: 'settings', items } }))).toEqual([
      'b 644 \u0000\u0001\u0002',
      'deep/er/file 600 ',
    ]);
  });

  test.each([
    [{ configMap: { name: 'gone' } }, 'configmap "gone" not found'],
    [{ secret: { secretName: 'gone' } }, 'secret "gone" not found'],
    [{ configMap: { name: 'settings', items: [{ key: 'no', path: 'p' }] } }, 'references non-existent config key: no'],
    [{ secret: { secretName: 'keys', items: [{ key: 'no', path: 'p' }] } }, 'references non-existent secret key: no'],
    [
      { secret: { secretName: 'keys', items: [{ key: 'password', path: '../p' }] } },
      'path "../p" leads out of the volume',
    ],
  ])('%j makes the pod wait', (volume, message) => {
    expect(resolved(volume).problem).toEqual({
      message: `volume "v": ${message}`,
      events: [
        { type: 'Warning', reason: 'FailedMount', message: `MountVolume.SetUp failed for volume "v" : ${message}` },
      ],
    });
  });

  test('optional ones may be missing, whole or in part', () => {
    const whole = resolved({ configMap: { name: 'gone', optional: true } });
    expect(files(whole)).toEqual([]);
    expect(whole.notes.map((note) => note.reason)).toEqual(['OptionalConfigMapNotFound']);
    const items = [
      { key: 'no', path: 'p' },
      { key: 'other', path: 'o' },
    ];
    const part = resolved({ secret: { secretName: 'keys', optional: true, items } });
    expect(files(part)).toEqual(['o 644 o']);
    expect(part.notes.map((note) => note.reason)).toEqual(['OptionalSecretKeyNotFound']);
  });
});

describe('downward API volumes', () => {
  test('hold fields and amounts', () => {
    const items = [
      { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
      { path: 'mem', resourceFieldRef: { containerName: 'c', resource: 'limits.memory', divisor: '1Mi' }, mode: 0o400 },
    ];
    expect(files(resolved({ downwardAPI: { items } }))).toEqual(['labels 644 app="web"', 'mem 400 1024']);
  });

  test.each([
    [{ path: 'p', fieldRef: { fieldPath: 'status.podIP' } }, 'unsupported fieldPath: status.podIP'],
    [{ path: 'p', resourceFieldRef: { resource: 'limits.cpu' } }, 'container "" not found'],
    [{ path: 'p' }, 'no source'],
  ])('%j is refused', (item, message) => {
    expect(resolved({ downwardAPI: { items: [item] } }).problem?.message).toContain(message);
  });
});

describe('projected volumes', () => {
  const access: Volume['projected'] = {
    defaultMode: 0o640,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { serviceAccountToken: { path: 'vault', audience: 'vault' } },
      { configMap: { name: 'settings', items: [{ key: 'app.conf', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  };

  test('gather all sources and are renewed when the first token is due', () => {
    const outcome = resolved({ projected: access });
    expect(files(outcome)).toEqual([
      'ca.crt 640 ä',
      'namespace 640 shop',
      `token 640 token-${canary}`,
      'vault 640 vault-token',
    ]);
    expect(content(outcome)).toMatchObject({ sensitive: true, renewAt: 1_000 });
    const turned = resolved({ projected: { ...access, sources: access.sources?.toReversed() ?? [] } });
    expect(content(turned)).toMatchObject({ renewAt: 1_000 });
  });

  test('have no tokens where the provider does not want them', () => {
    const outcome = resolved({ projected: access }, { tokens: false });
    expect(files(outcome)).toEqual(['ca.crt 640 ä', 'namespace 640 shop']);
    expect(content(outcome)).toMatchObject({ sensitive: false });
    expect(content(outcome)).not.toHaveProperty('renewAt');
  });

  test('the last source has the path', () => {
    const sources = [
      { configMap: { name: 'settings', items: [{ key: 'z', path: 'a//f' }] } },
      { secret: { name: 'keys', items: [{ key: 'other', path: 'a/f' }] } },
    ];
    expect(files(resolved({ projected: { sources } }))).toEqual(['a/f 644 o']);
  });

  test('name everything that keeps them from being made', () => {
    const sources = [
      { secret: { name: 'gone' } },
      { serviceAccountToken: { path: 't', audience: 'none' } },
      { clusterTrustBundle: { path: 'b' } },
      { podCertificate: { keyType: 'ED25519', signerName: 's' } },
      {},
    ];
    expect(resolved({ projected: { sources } }).problem?.message).toBe(
      'volume "v": secret "gone" not found; failed to fetch token: serviceaccounts "robot" not found; ' +
        'ClusterTrustBundles are not supported by this node; pod certificates are not supported by this node; ' +
        'a source is of a kind this node does not know',
    );
  });

  test('an optional trust bundle is an empty file, and said to be', () => {
    const outcome = resolved({ projected: { sources: [{ clusterTrustBundle: { path: 'b', optional: true } }] } });
    expect(files(outcome)).toEqual(['b 644 ']);
    expect(outcome.notes).toHaveLength(1);
  });
});

describe('other volumes', () => {
  test('claims come with what they are bound to', () => {
    expect(resolved({ persistentVolumeClaim: { claimName: 'disk', readOnly: true } }).volume).toEqual({
      kind: 'claim',
      name: 'v',
      claimName: 'disk',
      readOnly: true,
      volume: { nfs: { server: 'nfs', path: '/' } },
    });
    expect(
      volumeInputs(
        { name: 'scratch', ephemeral: {} },
        {
          pod: { metadata: { name: 'web' } },
          snapshot: configSnapshot(contents),
          consumes: { tokens: false },
          nodeAllocatable: {},
        },
      ).volume,
    ).toMatchObject({ claimName: 'web-scratch', readOnly: false });
  });

  test('a claim that is not bound makes the pod wait', () => {
    expect(resolved({ persistentVolumeClaim: { claimName: 'pending' } }).problem?.message).toBe(
      'volume "v": PVC is not bound',
    );
  });

  test.each([{ emptyDir: {} }, { hostPath: { path: '/' } }, { csi: { driver: 'd' } }, {}])(
    '%j is left to the provider',
    (volume) => {
      expect(resolved(volume)).toEqual({ volume: { kind: 'other', name: 'v' }, notes: [] });
    },
  );
});

describe('paths', () => {
  test.each(['a', 'a/b', '.hidden', 'a..b', 'a/..b', './a', 'a//b', 'a/', 'ä/ö', '__proto__', 'x'.repeat(255)])(
    '%j is allowed',
    (path) => {
      expect(safePath(path)).toHaveProperty('found');
    },
  );

  test.each([
    '',
    '.',
    '/',
    './',
    '/etc/passwd',
    '..',
    '../a',
    'a/../b',
    'a/..',
    '..data',
    '..2026/x',
    'a\\..\\b',
    '..\\b',
    '\\b',
    'C:\\b',
    'c:/b',
    './C:\\b',
    './\\b',
    'a\0b',
    'x'.repeat(256),
    'a/'.repeat(2_100) + 'a',
  ])('%j is refused', (path) => {
    expect(safePath(path)).toHaveProperty('problem');
  });

  test('whatever is allowed stays below the volume, and is its own canonical form', () => {
    const text = fc
      .array(fc.constantFrom('.', '..', '/', '\\', 'a', 'b', ':'), { maxLength: 12 })
      .map((list) => list.join(''));
    fc.assert(
      fc.property(text, (path) => {
        const answer = safePath(path);
        if ('problem' in answer) return;
        expect(answer.found.split('/')).not.toContain('..');
        expect(answer.found).toMatch(/^[^/]/);
        expect(safePath(answer.found)).toEqual(answer);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a file cannot be the folder of another', () => {
    const file = (path: string) => ({ path, content: '', mode: 0o644, secret: false });
    expect(contentVolume([file('a/b/c'), file('a')], { name: 'v', salt: '', owner: {} })).toEqual({
      problem: 'a is both a file and the folder of a/b/c',
    });
    expect(contentVolume([file('a-b'), file('a/b'), file('a.b')], { name: 'v', salt: '', owner: {} })).toHaveProperty(
      'found',
    );
  });
});

describe('revisions', () => {
  const file = fc.record({
    path: fc.constantFrom('a', 'b', 'c'),
    content: fc.constantFrom('', 'QQ==', 'QUE='),
    mode: fc.constantFrom(0o644, 0o600),
    secret: fc.constant(false),
  });
  const set = fc.uniqueArray(file, { selector: (one) => one.path });
  const revision = (gathered: Parameters<typeof contentVolume>[0], salt = 's'): string => {
    const made = contentVolume(gathered, { name: 'v', salt, owner: {} });
    return 'found' in made ? made.found.revision : '';
  };
  const sorted = (list: readonly { path: string }[]) => list.toSorted((a, b) => (a.path < b.path ? -1 : 1));

  test('are equal for equal files and only for them, in whatever order', () => {
    fc.assert(
      fc.property(set, set, (one, other) => {
        expect(revision(one)).toBe(revision(one.toReversed()));
        expect(revision(one) === revision(other)).toBe(JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
      }),
    );
  });

  test('do not run fields together', () => {
    const one = { path: 'a', content: '', mode: 420, secret: false };
    expect(revision([{ ...one, path: 'a4', mode: 20 }])).not.toBe(revision([one]));
    expect(revision([one], 's')).not.toBe(revision([{ ...one, path: 'sa' }], ''));
  });

  test('do not show that two pods have the same secret', () => {
    const volume = { secret: { secretName: 'keys' } };
    expect(content(resolved(volume)).revision).toBe(content(resolved(volume)).revision);
    expect(content(resolved(volume)).revision).not.toBe(content(resolved(volume, { uid: 'u2' })).revision);
  });
});

test('no content shows in what is said or written', () => {
  const outcome = resolved({
    projected: {
      sources: [{ secret: { name: 'keys' } }, { serviceAccountToken: { path: 't', expirationSeconds: 3607 } }],
    },
  });
  expect(content(outcome).files).toHaveLength(3);
  expect(JSON.stringify(outcome)).not.toContain(canary);
  expect(JSON.stringify(outcome)).not.toContain(base64(canary));
});
