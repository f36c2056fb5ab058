import { X509Certificate } from 'node:crypto';
import { ManualClock, seededIds, seededRandom } from '@virtual-kubelet/base';
import { expect, it } from 'vitest';
import { adminUser } from '../store.js';
import { createPlaygroundAuthority, createPlaygroundCredentials, readPlaygroundCredentials } from '../index.js';

const clock = new ManualClock();
const make = () => createPlaygroundCredentials({ clock, ids: seededIds(seededRandom(1)) });
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const day = 24 * 3_600_000;

it('an authority with the same credentials is the same one, with the same administrator', () => {
  const credentials = make();
  const [first, second] = [credentials, copyOf(credentials)].map((one) =>
    createPlaygroundAuthority({ clock, credentials: one }),
  ) as [ReturnType<typeof createPlaygroundAuthority>, ReturnType<typeof createPlaygroundAuthority>];
  expect(second.certificatePem).toBe(first.certificatePem);
  expect(second.client(adminUser)).toEqual(first.client(adminUser));
  const other = new X509Certificate(second.client({ username: 'ann' }).certificatePem);
  expect(other.verify(new X509Certificate(first.certificatePem).publicKey)).toBe(true);
  expect(other.subject).toBe('CN=ann');
});

it('credentials are read as they were written, until they end', () => {
  const credentials = make();
  expect(readPlaygroundCredentials(copyOf(credentials), clock.wall())).toEqual(credentials);
  expect(readPlaygroundCredentials(credentials, clock.wall() - day)).toBeUndefined();
  expect(readPlaygroundCredentials(credentials, clock.wall() + 3651 * day)).toBeUndefined();
});

it.each<readonly [string, (good: ReturnType<typeof make>) => unknown]>([
  ['nothing', () => null],
  ['another format', (good) => ({ ...good, format: 2 })],
  ['no key of tokens', (good) => ({ ...good, tokenKey: '' })],
  ['no authority', ({ authority: _authority, ...rest }) => rest],
  ['a key of another', (good) => ({ ...good, authority: { ...good.authority, keyPem: make().authority.keyPem } })],
  ['an administrator of another', (good) => ({ ...good, administrator: make().administrator })],
  ['an authority that is none', (good) => ({ ...good, authority: good.administrator })],
  ['text', (good) => ({ ...good, administrator: { certificatePem: 'x', keyPem: 'y' } })],
])('credentials with %s are not taken for any', (_title, spoil) => {
  expect(readPlaygroundCredentials(spoil(make()), clock.wall())).toBeUndefined();
});
