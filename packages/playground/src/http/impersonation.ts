/** Requests in somebody else's name: `kubectl --as`. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Authorize } from '../store/call.js';
import type { User } from '../store/user.js';
import { authenticated } from './authority.js';

const extraPrefix = 'impersonate-extra-';

/** What came of a request in somebody's name. */
export type Impersonation = { readonly is: 'user'; readonly user: User } | { readonly is: 'forbidden' };

/** Whom a request speaks for: its user, or the one its headers name, where the user may do that. */
export function impersonated(headers: IncomingHttpHeaders, user: User, authorize: Authorize): Impersonation {
  const username = textOf(headers['impersonate-user']);
  if (username === '') return { is: 'user', user };
  const resource = { group: '', version: 'v1', resource: 'users', subresource: '', namespace: '', name: username };
  if (!authorize({ user, verb: 'impersonate', resource }).allowed) return { is: 'forbidden' };
  const uid = textOf(headers['impersonate-uid']);
  const groups = textsOf(headers['impersonate-group']);
  const extra = extraOf(headers);
  return {
    is: 'user',
    user: {
      username,
      groups: groups.includes(authenticated) ? groups : [...groups, authenticated],
      ...(uid === '' ? {} : { uid }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    },
  };
}

function textOf(value: string | readonly string[] | undefined): string {
  return textsOf(value)[0] ?? '';
}

/** Repeated headers come joined with commas. */
function textsOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  const all = typeof value === 'string' ? value.split(',') : value;
  return all.map((each) => each.trim()).filter((each) => each !== '');
}

function extraOf(headers: IncomingHttpHeaders): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(headers).filter(([name]) => name.startsWith(extraPrefix));
  return Object.fromEntries(
    entries.map(([name, value]) => [decodeURIComponent(name.slice(extraPrefix.length)), textsOf(value)]),
  );
}
