import { ManualClock } from '@virtual-kubelet/base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from './index.js';
import { routes } from './index.js';
import type { Answered, Door, Identity } from './kubelet-api.test-kit.js';
import { openDoor, people } from './kubelet-api.test-kit.js';

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door.close());

const places: Readonly<Record<string, string>> = { namespace: 'default', pod: 'web', container: 'c', uid: 'uid-1' };
const queries: Readonly<Record<string, string>> = {
  exec: '?command=echo&output=1',
  attach: '?output=1',
  run: '?cmd=echo',
};

function pathOf({ path, name }: Route): string {
  return (
    path.replace(/\{(\w+)\}/g, (_whole, part: string) => places[part] ?? '').replace('*', 'ping') +
    (queries[name] ?? '')
  );
}

const webSocket = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'v4.channel.k8s.io',
};
const spdy = {
  connection: 'Upgrade',
  upgrade: 'SPDY/3.1',
  'x-stream-protocol-version': 'v4.channel.k8s.io, portforward.k8s.io',
};

/** How clients come to a route: plainly, and where it has streams with both kinds of upgrade. */
function waysTo(route: Route): readonly { readonly how: string; readonly method: string; readonly headers: object }[] {
  const plain = route.methods.map((method) => ({ how: 'plain', method, headers: {} }));
  if (!['exec', 'attach', 'portForward'].includes(route.name)) return plain;
  return [
    ...plain,
    { how: 'WebSocket', method: 'GET', headers: webSocket },
    { how: 'SPDY', method: 'POST', headers: spdy },
  ];
}

const cases = routes.flatMap((route) =>
  waysTo(route).map(({ how, method, headers }) => ({
    name: `${how} ${method} ${route.path}`,
    route,
    method,
    path: pathOf(route) + (route.name === 'portForward' && how === 'WebSocket' ? '?port=80' : ''),
    headers: headers as Readonly<Record<string, string>>,
  })),
);

function knock({ method, path, headers }: (typeof cases)[number], as: Identity): Promise<Answered> {
  return door.ask(path, { method, headers, as });
}

const strangers = ['nobody', 'expired', 'foreign', 'server', 'badToken'] as const;

describe('who may use a route', () => {
  describe.each(cases)('$name', (one) => {
    test.each(strangers)('is refused to somebody unknown: %s', async (who) => {
      expect(await knock(one, people[who])).toMatchObject({ status: 401, body: 'Unauthorized\n' });
    });

    test('is refused to somebody known without any right', async () => {
      const { status, body } = await knock(one, people.powerless);
      expect(status).toBe(403);
      expect(body).toMatch(/^Forbidden \(user=powerless, verb=\w+, resource=nodes, subresource\(s\)=\[[a-z ]+\]\)\n$/);
    });

    test('is open to a reader of nodes/proxy only where it reads, and proxy is enough', async () => {
      const { route, method } = one;
      const may = method === 'GET' && route.verb === undefined && route.subresources.includes('proxy');
      expect((await knock(one, people.reader)).status === 403).toBe(!may);
    });

    test('is open to a scraper only where it reads metrics and statistics', async () => {
      const { route, method } = one;
      const may = method === 'GET' && route.subresources.some((each) => each === 'metrics' || each === 'stats');
      expect((await knock(one, people.scraper)).status === 403).toBe(!may);
    });

    test('is open to somebody with all rights', async () => {
      // 405 with the words of a kubelet that has no logs of its own to show.
      expect([101, 200, 400, 404, 405]).toContain((await knock(one, people.full)).status);
    });
  });

  test('running commands needs create, also by GET: this is what a WebSocket exec is', () => {
    const powerful = routes.filter(({ name }) => ['exec', 'attach', 'portForward', 'run'].includes(name));
    expect(powerful.map(({ verb }) => verb)).toEqual(powerful.map(() => 'create'));
    expect(powerful).toHaveLength(8);
  });

  test.each(['/nothing', '/exec', '/debug/pprof/', '/checkpoint/default/web/c', '/'])(
    'a path nobody serves tells strangers nothing: %s',
    async (path) => {
      expect((await door.ask(path, { as: people.nobody })).status).toBe(401);
      expect((await door.ask(path, { as: people.powerless })).status).toBe(403);
      expect((await door.ask(path, { as: people.full })).status).toBe(404);
    },
  );

  test('a method that a route does not know is refused after the sender was let in', async () => {
    expect((await door.ask('/pods', { method: 'PUT', as: people.powerless })).status).toBe(403);
    expect(await door.ask('/pods', { method: 'PUT' })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
  });
});

describe('when nobody can tell', () => {
  const broken = async (): Promise<never> => {
    throw new Error('the API server is away');
  };

  test('who sent a request, it is refused', async () => {
    const alone = await openDoor({
      access: { authenticator: { authenticate: broken }, authorizer: { authorize: async () => true } },
    });
    const { status, body } = await alone.ask('/pods', { as: people.scraper });
    await alone.close();
    expect({ status, body }).toEqual({ status: 401, body: 'Unauthorized\n' });
  });

  test('is said in the log once in ten seconds, with how often it came', async () => {
    const clock = new ManualClock();
    const alone = await openDoor({
      clock,
      access: { authenticator: { authenticate: broken }, authorizer: { authorize: async () => true } },
    });
    const warnings = () =>
      alone.logged.filter(({ message }) => message.includes('who sent')).map(({ fields }) => fields);
    for (let count = 0; count < 5; count += 1) await alone.ask('/pods');
    expect(warnings()).toEqual([{ node: 'vk', error: 'the API server is away' }]);
    await clock.advance(10_000);
    await alone.ask('/pods');
    expect(warnings().at(-1)).toEqual({ node: 'vk', error: 'the API server is away', leftOut: 4 });
    expect(warnings()).toHaveLength(2);
    await alone.close();
  });

  test('what a user may do, it is refused', async () => {
    const authenticator = { authenticate: async () => ({ name: 'jo', groups: [] }) };
    const alone = await openDoor({ access: { authenticator, authorizer: { authorize: broken } } });
    const { status, body } = await alone.ask('/pods');
    await alone.close();
    expect(status).toBe(500);
    expect(body).toBe('Authorization error (user=jo, verb=get, resource=nodes, subresource(s)=[pods proxy])\n');
  });

  test('because the answer does not come, it is refused after a time', async () => {
    const authenticator = {
      authenticate: (_shown: unknown, signal: AbortSignal) =>
        new Promise<never>((_yes, no) => signal.addEventListener('abort', () => no(signal.reason))),
    };
    const alone = await openDoor({
      access: { authenticator, authorizer: { authorize: async () => true } },
      limits: { reviewTimeout: 20 },
    });
    const { status } = await alone.ask('/pods');
    await alone.close();
    expect(status).toBe(401);
  });
});
