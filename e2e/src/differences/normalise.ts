/**
 * Makes transcripts of different servers comparable. Names, versions, times and addresses that a server makes up
 * become words by order of appearance, so that their being equal or different still counts. Of failures, what
 * clients decide by is compared exactly: code, reason, details, and the messages in {@link exactMessages}; the prose
 * of validation is each server's own.
 */
import { overlooked } from './overlooked.js';
import type { Entry } from './transcript.js';

/** Reasons whose message must be the same to the letter. */
const exactMessages: ReadonlySet<string> = new Set([
  'AlreadyExists',
  'Conflict',
  'Expired',
  'MethodNotAllowed',
  'NotFound',
]);

/** A transcript in which what servers make up is replaced. */
export function normaliseTranscript(entries: readonly Entry[], namespace: string): readonly Entry[] {
  const words = new Map<string, string>();
  return entries.map((entry) => {
    const counts = new Map<string, number>();
    const word = (kind: string, value: string): string => {
      const known = words.get(`${kind} ${value}`);
      if (known !== undefined) return known;
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      const made = `<${kind} ${count} of "${entry.title}">`;
      words.set(`${kind} ${value}`, made);
      return made;
    };
    return {
      ...entry,
      answers: entry.answers
        .filter((one) => !isPlainBookmark(one))
        .map((one) => normalise(one, { namespace, word, dropped: droppedOf(undefined) })),
    };
  });
}

/** A server sends these when it likes; one that ends the initial events is part of the answer. */
function isPlainBookmark(line: unknown): boolean {
  const { type, object } = (line ?? {}) as { readonly type?: string; readonly object?: { readonly metadata?: object } };
  return type === 'BOOKMARK' && !('annotations' in (object?.metadata ?? {}));
}

interface Context {
  readonly namespace: string;
  /** Names that are left out here. */
  readonly dropped: ReadonlySet<string>;
  readonly word: (kind: string, value: string) => string;
}

type Tree = Readonly<Record<string, unknown>>;

function normalise(value: unknown, context: Context, key = ''): unknown {
  if (typeof value === 'string') return text(value, context, key);
  if (Array.isArray(value)) return value.map((one) => normalise(one, context, key));
  if (typeof value !== 'object' || value === null) return value;
  const tree = value as Tree;
  if (typeof tree['kind'] === 'string' && 'apiVersion' in tree)
    return object(tree, { ...context, dropped: droppedOf(tree['kind']) });
  return object(tree, context);
}

function object(tree: Tree, context: Context): Tree {
  if (tree['kind'] === 'Status' && tree['status'] === 'Failure') return failure(tree, context);
  if (isCollection(tree)) return collection(tree, context);
  return normaliseFields(tree, context);
}

function normaliseFields(tree: Tree, context: Context): Tree {
  const isDecision = typeof tree['allowed'] === 'boolean';
  const kept = Object.entries(tree)
    .filter(([name]) => !context.dropped.has(name) && !(isDecision && droppedOfDecisions.has(name)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const entries = kept.map(([name, one]) => [text(name, context, ''), normalise(one, context, name)] as const);
  return Object.fromEntries(entries.filter(([name, one]) => name !== 'annotations' || JSON.stringify(one) !== '{}'));
}

/** Lists and bookmarks carry the version of everything, others' writes included. */
function isCollection(tree: Tree): boolean {
  return (
    (tree['type'] === 'BOOKMARK' && 'object' in tree) || (String(tree['kind']).endsWith('List') && 'items' in tree)
  );
}

function collection(tree: Tree, context: Context): Tree {
  const version = /"resourceVersion":"\d+"/;
  const { items, ...rest } = tree;
  const head = JSON.parse(JSON.stringify(rest).replace(version, '"resourceVersion":"<any version>"')) as Tree;
  const whole = { ...normaliseFields(head, context) };
  return items === undefined ? whole : { ...whole, items: normalise(items, context) };
}

/** Names that are left out of an object, and of all that is in it. */
function droppedOf(kind: unknown): ReadonlySet<string> {
  const own = overlooked.filter(({ kinds }) => kinds === undefined || kinds.includes(String(kind)));
  return new Set(own.flatMap(({ fields }) => fields));
}

const droppedOfDecisions: ReadonlySet<string> = new Set(['reason']);

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const address = /\b10\.96\.\d+\.\d+\b/g;

function text(value: string, context: Context, key: string): string {
  const { namespace, word } = context;
  if (key === 'resourceVersion' && /^\d+$/.test(value)) return word('version', value);
  if (key === 'continue') return '<continue>';
  if (key === 'cells' && /^(\d+[dhms]){1,2}$/.test(value)) return '<age>';
  if (key === 'token') return '<token>';
  if (key === 'ca.crt') return '<certificate>';
  if (key === 'kubernetes.io/description') return '<prose>';
  // Why a token is not accepted, or access granted, is prose.
  if (key === 'error') return '<prose>';
  return value
    .replaceAll(namespace, '<namespace>')
    .replaceAll(uuid, (found) => word('uid', found))
    .replaceAll(time, '<time>')
    .replace(/^X509SHA256=[0-9a-f]+$/, 'X509SHA256=<hash>')
    .replaceAll(address, (found) => word('address', found))
    .replace(/StorageError: .*AdditionalErrorMsg: /, '')
    .replaceAll(/kube-api-access-[a-z0-9]{5}/g, 'kube-api-access-<suffix>')
    .replaceAll(/\bgenerated-[a-z0-9]{5}\b/g, 'generated-<suffix>');
}

function failure(status: Tree, context: Context): Tree {
  const reason = textOf(status['reason']);
  const details = status['details'] as Tree | undefined;
  const found = (details?.['causes'] as readonly Tree[] | undefined) ?? [];
  // Faults of the keys of a map come in any order.
  const causes = found.map(({ reason: why, field }) => `${String(why)} ${String(field)}`).toSorted();
  return {
    code: status['code'],
    reason,
    message: message(reason, text(textOf(status['message']), context, '')),
    ...(details === undefined ? {} : { details: { ...normaliseFields(details, context), causes } }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function message(reason: string, words: string): string {
  if (exactMessages.has(reason)) return words.replaceAll(/\d{2,}/g, '<number>');
  const [subject = '', rest] = words.split(' is invalid: ');
  return rest === undefined ? '<prose>' : subject;
}
