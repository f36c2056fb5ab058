/** Records which objects an API server selects by labels and by fields. */
import type { Choices } from './random.js';
import { type Json, mustCall, type Server } from './server.js';

/** The objects all following lines select from: label or field values by the name of the object. */
export interface Selected {
  readonly objects: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** One line of the recording: the names selected, or the code of the refusal. */
export interface SelectorRecord {
  readonly selector: string;
  readonly names?: readonly string[];
  readonly code?: number;
}

interface Session {
  readonly server: Server;
  readonly namespace: string;
  readonly choices: Choices;
}

const labels: Selected['objects'] = {
  none: {},
  web: { app: 'web', tier: 'front', size: '10' },
  db: { app: 'db', tier: '', size: '9' },
  odd: { app: 'in', constructor: 'x', 'example.com/app': 'web', size: '010' },
  large: { app: 'web', size: '9223372036854775807', toString: 'y' },
  text: { app: 'notin', size: 'ten', tier: 'front' },
};

const knownLabelSelectors = [
  ...[
    '',
    'app',
    '!app',
    'app=web',
    'app==web',
    'app!=web',
    'app=',
    'tier=',
    'tier!=',
    'app in (web,db)',
    'app notin (web)',
    'tier in ()',
  ],
  ...[
    'tier notin (,front)',
    'size>9',
    'size<10',
    'size>-1',
    'size>=9',
    'size>ten',
    'size<9223372036854775808',
    'app=in',
    'app in (in,notin)',
  ],
  ...[
    'constructor',
    'toString=y',
    'hasOwnProperty',
    'example.com/app=web',
    'app=web,tier=front',
    'app=web,',
    ',',
    'app=web,,tier',
    ' app = web ',
  ],
  ...[
    'app===web',
    'app=!web',
    '!app=web',
    'app in web',
    'app in (web',
    'app in (web db)',
    'app web',
    '(app)',
    'app>',
    '-app',
    'app=-web',
    'A.b/c',
    'a/b/c',
    'app!web',
  ],
];

/** Records label selectors on ConfigMaps. */
export async function recordLabelSelectors(session: Session, count: number): Promise<(Selected | SelectorRecord)[]> {
  const path = `/api/v1/namespaces/${session.namespace}/configmaps`;
  for (const [name, own] of Object.entries(labels))
    await mustCall(session.server, { method: 'POST', path, body: { metadata: { name, labels: own } } });
  const random = Array.from({ length: count }, () => randomLabelSelector(session.choices));
  const records: (Selected | SelectorRecord)[] = [{ objects: labels }];
  for (const selector of [...knownLabelSelectors, ...random])
    records.push(
      await select(session.server, `${path}?labelSelector=${encodeURIComponent(selector)}`, {
        selector,
        objects: labels,
      }),
    );
  return records;
}

function randomLabelSelector(choices: Choices): string {
  const requirement = (): string => {
    const key = choices.pick(['app', 'tier', 'size', 'constructor', 'toString', 'example.com/app', 'missing']);
    const value = (): string => choices.pick(['web', 'db', 'front', '', 'in', 'x', '9', '10']);
    const list = `(${Array.from({ length: 1 + choices.below(3) }, value).join(choices.pick([',', ', ', ' ,']))})`;
    return choices.pick([
      key,
      `!${key}`,
      `${key}=${value()}`,
      `${key}!=${value()}`,
      `${key} in ${list}`,
      `${key} notin ${list}`,
      `${key}>${value()}`,
      `${key}<${value()}`,
    ]);
  };
  return Array.from({ length: 1 + choices.below(3) }, requirement).join(',');
}

const fields: Selected['objects'] = {
  plain: { reason: 'Started', type: 'Normal', 'involvedObject.name': 'p', 'involvedObject.kind': 'Pod' },
  warning: { reason: 'Failed', type: 'Warning', 'involvedObject.name': 'p', 'involvedObject.kind': 'Node' },
  comma: { reason: 'a,b', type: 'Normal', 'involvedObject.name': 'q', 'involvedObject.kind': 'Pod' },
  equal: { reason: 'a=b', type: 'Normal', 'involvedObject.name': 'q', 'involvedObject.kind': 'Pod' },
  slash: { reason: 'a\\b', type: 'Normal', 'involvedObject.name': '', 'involvedObject.kind': '' },
};

const fieldSelectors = [
  ...[
    '',
    'reason=Started',
    'reason==Started',
    'reason!=Started',
    'reason=',
    'reason=a\\,b',
    'reason=a\\=b',
    'reason=a\\\\b',
    'reason=a,b',
    'reason=a=b',
  ],
  ...[
    'reason=a\\b',
    'reason=a\\',
    'type=Normal,involvedObject.kind=Pod',
    'type=Normal,involvedObject.name!=p',
    'involvedObject.name=',
    'involvedObject.name!=',
  ],
  ...[
    'metadata.name=plain',
    'metadata.name!=plain',
    'metadata.name=plain,metadata.name=comma',
    ',,type=Warning,',
    'type',
    'type in (Normal)',
    '!type',
    'type=!Normal',
  ],
];

/** Records field selectors on Events. */
export async function recordFieldSelectors(session: Session): Promise<(Selected | SelectorRecord)[]> {
  const { server, namespace } = session;
  const path = `/api/v1/namespaces/${namespace}/events`;
  for (const [name, own] of Object.entries(fields))
    await mustCall(server, { method: 'POST', path, body: event(namespace, name, own) });
  const objects = Object.fromEntries(
    Object.entries(fields).map(([name, own]) => [name, { ...own, 'metadata.name': name }]),
  );
  const records: (Selected | SelectorRecord)[] = [{ objects }];
  for (const selector of fieldSelectors)
    records.push(await select(server, `${path}?fieldSelector=${encodeURIComponent(selector)}`, { selector, objects }));
  return records;
}

function event(namespace: string, name: string, own: Readonly<Record<string, string>>): Json {
  const involvedObject = { namespace, name: own['involvedObject.name'], kind: own['involvedObject.kind'] };
  return { metadata: { name }, involvedObject, reason: own['reason'], type: own['type'] };
}

async function select(
  server: Server,
  path: string,
  { selector, objects }: Selected & { readonly selector: string },
): Promise<SelectorRecord> {
  const { code, body } = await server.call({ method: 'GET', path });
  if (code !== 200) return { selector, code };
  const names = (body['items'] as readonly Json[]).map((item) => String((item['metadata'] as Json)['name']));
  return { selector, names: names.filter((name) => Object.hasOwn(objects, name)).toSorted() };
}
