import type { Secret } from '@virtual-kubelet/kubernetes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secretContent } from './config-content.js';
import type { SecretContent } from './config-content.js';
import { credentialsIn, pullSecretsOf } from './pull-secrets.js';

const canary = 'canary-2342';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function modern(config: unknown): SecretContent {
  return secretContent({
    data: { '.dockerconfigjson': base64(typeof config === 'string' ? config : JSON.stringify(config)) },
  });
}

function logins(secret: SecretContent): string[] | undefined {
  return credentialsIn(secret)?.map(
    ({ registry, username, password }) => `${username}:${password.reveal()}@${registry}`,
  );
}

describe('pull secrets', () => {
  test('are read in both forms', () => {
    const auths = {
      'reg.io': { username: 'u', password: canary },
      'https://index.docker.io/v1/': { username: 'd', password: 'p' },
    };
    expect(logins(modern({ auths }))).toEqual([`u:${canary}@reg.io`, 'd:p@https://index.docker.io/v1/']);
    expect(logins(secretContent({ data: { '.dockercfg': base64(JSON.stringify(auths)) } }))).toHaveLength(2);
  });

  test.each([
    [{ auth: base64('user:pass:with:colons') }, ['user:pass:with:colons@r']],
    [{ auth: base64('user:p').replace(/=+$/, '') }, ['user:p@r']],
    [{ auth: base64('a:b'), username: 'other', password: 'other' }, ['a:b@r']],
    [{ auth: base64('nocolon') }, []],
    [{ username: 'only' }, ['only:@r']],
    [{ email: 'x@y' }, []],
    [{ username: 1, password: null }, []],
    ['text', []],
    [null, []],
  ])('an entry %j gives %j', (entry, expected) => {
    expect(logins(modern({ auths: { r: entry } }))).toEqual(expected);
  });

  test.each([
    modern('not json'),
    modern('[]'),
    modern({}),
    modern({ auths: [] }),
    modern('null'),
    secretContent({ data: { x: '' } }),
    secretContent({}),
  ])('something else is no pull secret (%#)', (secret) => {
    expect(credentialsIn(secret)).toBeUndefined();
  });

  test('registries may have any name', () => {
    expect(logins(modern('{"auths":{"__proto__":{"username":"u","password":"p"}}}'))).toEqual(['u:p@__proto__']);
  });

  test('missing and malformed ones are told of and do not stop the pod', () => {
    const secrets = new Map<string, SecretContent>([
      ['good', modern({ auths: { r: { username: 'u', password: canary } } })],
      ['bad', modern(`{"auths": ${canary}`)],
    ]);
    const imagePullSecrets = [{ name: 'lost' }, { name: 'bad' }, {}, { name: '' }, { name: 'good' }, { name: 'lost2' }];
    const outcome = pullSecretsOf(
      { spec: { containers: [], imagePullSecrets } },
      (name) => secrets.get(name) ?? 'absent',
    );
    expect(outcome.pullSecrets.map((secret) => secret.registry)).toEqual(['r']);
    expect(outcome.notes).toEqual([
      {
        type: 'Warning',
        reason: 'FailedToRetrieveImagePullSecret',
        message:
          'Unable to retrieve some image pull secrets (lost, lost2); attempting to pull the image may not succeed.',
      },
      expect.objectContaining({ message: expect.stringContaining('(bad)') }),
    ]);
    expect(JSON.stringify(outcome)).not.toContain(canary);
  });

  test('no content makes them throw', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const secret: Secret = { data: { '.dockerconfigjson': base64(text) } };
        for (const credential of credentialsIn(secretContent(secret)) ?? [])
          expect(typeof credential.username).toBe('string');
      }),
    );
  });
});
