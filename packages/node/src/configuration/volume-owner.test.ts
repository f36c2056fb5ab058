import { Sensitive } from '@virtual-kubelet/base';
import type { Container, PodSecurityContext } from '@virtual-kubelet/kubernetes';
import type { ContentVolume } from '@virtual-kubelet/provider';
import { describe, expect, test } from 'vitest';
import { configMapContent } from './config-content.js';
import { configSnapshot, tokenKey } from './config-snapshot.js';
import { volumeInputs } from './volumes.js';

function volume(securityContext: PodSecurityContext, users: readonly (number | undefined)[] = [undefined]) {
  const containers = users.map((runAsUser, i): Container => ({
    name: `c${i}`,
    ...(runAsUser === undefined ? {} : { securityContext: { runAsUser } }),
  }));
  const snapshot = configSnapshot({
    configMaps: new Map([['settings', configMapContent({ data: { conf: 'x' } })]]),
    tokens: new Map([[tokenKey({}), { text: new Sensitive('t'), renewAt: 1 }]]),
  });
  const sources = [{ configMap: { name: 'settings' } }, { serviceAccountToken: { path: 'token' } }];
  const outcome = volumeInputs(
    { name: 'v', projected: { defaultMode: 0o600, sources } },
    {
      pod: { metadata: { name: 'web', namespace: 'shop', uid: 'u' }, spec: { securityContext, containers } },
      snapshot,
      consumes: { tokens: true },
      nodeAllocatable: {},
    },
  );
  return outcome.volume as ContentVolume;
}

function files(made: ContentVolume): string[] {
  return made.files.map(({ path, mode, uid }) => `${path} ${mode.toString(8)} ${uid ?? 'root'}`);
}

describe('the owner of volume files', () => {
  test('is root without a security context', () => {
    const made = volume({});
    expect(made).not.toHaveProperty('gid');
    expect(files(made)).toEqual(['conf 600 root', 'token 600 root']);
  });

  test('is a group that may read everything', () => {
    const made = volume({ fsGroup: 2000 });
    expect(made.gid).toBe(2000);
    expect(files(made)).toEqual(['conf 640 root', 'token 640 root']);
  });

  test.each([
    ['the user of the pod', { runAsUser: 7 }, [undefined, undefined], '7'],
    ['the user of all containers', { runAsUser: 1 }, [7, 7], '7'],
    ['nobody when containers differ', {}, [7, 8], 'root'],
    ['nobody when one does not say', {}, [7, undefined], 'root'],
  ] as const)('of a token is %s', (_, context, users, owner) => {
    expect(files(volume(context, users))).toEqual(['conf 600 root', `token 600 ${owner}`]);
  });

  test('changes the revision with the user', () => {
    expect(volume({ runAsUser: 7 }).revision).not.toBe(volume({ runAsUser: 8 }).revision);
  });
});
