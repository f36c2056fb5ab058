import { Sensitive } from '@virtual-kubelet/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImage, pullSecretsFor } from './index.js';

const secret = (registry: string) => ({ registry, username: registry, password: new Sensitive('p') });

function users(image: string, ...registries: string[]): string[] {
  return pullSecretsFor(image, registries.map(secret)).map(({ username }) => username);
}

describe('the parts of an image name', () => {
  it.each([
    ['nginx', 'index.docker.io', 'library/nginx'],
    ['bitnami/redis', 'index.docker.io', 'bitnami/redis'],
    ['docker.io/nginx', 'index.docker.io', 'library/nginx'],
    ['docker.io/bitnami/redis', 'index.docker.io', 'bitnami/redis'],
    ['localhost/x', 'localhost', 'x'],
    ['registry:5000/team/app', 'registry:5000', 'team/app'],
    ['ghcr.io/org/app', 'ghcr.io', 'org/app'],
  ])('%s comes from %s, repository %s', (image, registry, repository) => {
    expect(parseImage(image)).toEqual({ registry, repository });
    expect(parseImage(`${image}:1.2`)).toEqual({ registry, repository, tag: '1.2' });
    expect(parseImage(`${image}:1.2@sha256:aa`)).toEqual({ registry, repository, tag: '1.2', digest: 'sha256:aa' });
  });
});

describe('the credentials for an image', () => {
  it.each([
    ['ghcr.io/org/app', 'ghcr.io'],
    ['ghcr.io/org/app', 'https://ghcr.io'],
    ['ghcr.io/org/app', 'http://ghcr.io/v2/'],
    ['ghcr.io/org/app:1', 'ghcr.io/org'],
    ['nginx', 'https://index.docker.io/v1/'],
    ['nginx', 'docker.io'],
    ['a.b.example.com/x', '*.*.example.com'],
    ['prod-1.example.com/x', 'prod-?.example.com'],
    ['reg:5000/x', 'reg:5000'],
  ])('for %s are in a secret for %s', (image, registry) => {
    expect(users(image, registry)).toEqual([registry]);
  });

  it.each([
    ['ghcr.io/org/app', 'ghcr.io/other'],
    ['ghcr.io/org/app', 'quay.io'],
    ['a.b.example.com/x', '*.example.com'],
    ['axexample.com/x', 'a.example.com'],
    ['reg:5000/x', 'reg:5001'],
    ['reg.io/x', 'reg.io:443'],
    ['nginx', 'ghcr.io'],
  ])('for %s are not in a secret for %s', (image, registry) => {
    expect(users(image, registry)).toEqual([]);
  });

  it('come with the most specific first', () => {
    expect(users('r.io/team/app', 'r.io', 'r.io/team/app', 'x.io', 'r.io/team')).toEqual([
      'r.io/team/app',
      'r.io/team',
      'r.io',
    ]);
  });

  it('are found without failing for any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (image, registry) => {
        expect([[], [registry]]).toContainEqual(users(image, registry));
      }),
    );
  });
});
