/** Records what an API server makes of random patches. Every patch is a dry run, so the object stays as it was. */
import { createMergePatch, createStrategicMerge } from '@virtual-kubelet/kubernetes/internal';
import { type Field, randomObject, randomPatch } from './fields.js';
import { randomOperations } from './json-operations.js';
import { type Subject, subjects } from './objects.js';
import type { Choices } from './random.js';
import { type Answer, type Json, mustCall, type Server } from './server.js';

/** One line of the recording: what became of `before`, or the code of the refusal. */
export interface PatchRecord {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: PatchType;
  readonly before: Json;
  readonly patch: unknown;
  readonly after?: Json;
  readonly code?: number;
}

/** Patch types as they stand in media types. */
export type PatchType = 'strategic-merge-patch' | 'merge-patch' | 'json-patch';

interface Session {
  readonly server: Server;
  readonly namespace: string;
  readonly choices: Choices;
}

const name = 'recorded';

/** Records patches of every subject. */
export async function recordPatches(session: Session, rounds: number): Promise<PatchRecord[]> {
  const records: PatchRecord[] = [];
  for (const subject of subjects) records.push(...(await recordSubject(session, subject, rounds)));
  return records;
}

async function recordSubject(session: Session, subject: Subject, rounds: number): Promise<PatchRecord[]> {
  const records: (PatchRecord | undefined)[] = [];
  await create(session, subject);
  for (let round = 0; round < rounds; round++) {
    const before = await putRandomState(session, subject);
    for (const [type, patch] of patchesOf(session.choices, subject, before))
      records.push(await tryPatch(session, subject, { type, before, patch }));
  }
  await remove(session, subject);
  return records.filter((record) => record !== undefined);
}

function pathOf({ namespace }: Session, subject: Subject, tail: string): string {
  const group = subject.apiVersion === 'v1' ? '/api/v1' : `/apis/${subject.apiVersion}`;
  return `${group}${subject.namespaced ? `/namespaces/${namespace}` : ''}/${subject.resource}${tail}`;
}

function itemPath(session: Session, subject: Subject): string {
  const subresource = subject.subresource === undefined ? '' : `/${subject.subresource}`;
  return pathOf(session, subject, `/${name}${subresource}`);
}

function randomState(choices: Choices, subject: Subject): Json {
  return combined(subject.base, randomObject(choices, subject.fields)) as Json;
}

/** Both objects in one; the second wins. */
function combined(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const both = Object.entries(over).map(([key, value]) => [
    key,
    Object.hasOwn(base, key) ? combined(base[key], value) : value,
  ]);
  return { ...base, ...Object.fromEntries(both) };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function named(subject: Subject, state: Json): Json {
  const metadata = { ...(state['metadata'] as Json | undefined), name };
  return { apiVersion: subject.apiVersion, kind: subject.kind, ...state, metadata };
}

async function create(session: Session, subject: Subject): Promise<void> {
  const body = named(subject, randomState(session.choices, subject));
  await mustCall(session.server, { method: 'POST', path: pathOf(session, subject, ''), body });
}

async function remove(session: Session, subject: Subject): Promise<void> {
  const path = pathOf(session, subject, `/${name}`);
  const patch = { metadata: { finalizers: null } };
  await mustCall(session.server, { method: 'PATCH', path, body: patch, type: 'merge-patch+json' });
  await mustCall(session.server, { method: 'DELETE', path: `${path}?gracePeriodSeconds=0` });
}

const attempts = 20;

/** Replaces what is random in the object and keeps the rest; states the server refuses are tried anew. */
async function putRandomState(session: Session, subject: Subject): Promise<Json> {
  const path = itemPath(session, subject);
  for (let attempt = 1; ; attempt++) {
    const live = await mustCall(session.server, { method: 'GET', path });
    const body = { ...live, ...withIdentity(live, randomState(session.choices, subject)) };
    const { code, body: answer } = await session.server.call({ method: 'PUT', path, body });
    if (code === 200) return essence(subject, answer);
    if (attempt === attempts) throw new Error(`PUT ${path}: ${JSON.stringify(answer)}`);
  }
}

function withIdentity(live: Json, state: Json): Json {
  const { name: own, namespace, uid, resourceVersion } = live['metadata'] as Json;
  const identity = { name: own, namespace, uid, resourceVersion };
  return { ...state, metadata: { ...(state['metadata'] as Json | undefined), ...identity } };
}

/** What random states consist of, without what the server keeps for itself. */
function essence(subject: Subject, object: Json): Json {
  const kept = Object.entries(subject.fields).map(
    ([name, field]) => [name, essentialField(object, name, field)] as const,
  );
  return withoutUndefined(Object.fromEntries(kept));
}

function essentialField(object: Json, name: string, field: Field): unknown {
  const value = object[name] as Json | undefined;
  const isShared = name === 'metadata' || name === 'status';
  if (value === undefined || field.is !== 'object' || !isShared) return value;
  return withoutUndefined(Object.fromEntries(Object.keys(field.fields).map((key) => [key, value[key]])));
}

function withoutUndefined(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function patchesOf(choices: Choices, subject: Subject, before: Json): readonly (readonly [PatchType, unknown])[] {
  const wanted = { ...before, ...essence(subject, randomState(choices, subject)) };
  return [
    ['strategic-merge-patch', innerPatch(choices, subject)],
    ['strategic-merge-patch', createStrategicMerge(before, wanted, { type: subject.kind })],
    ['merge-patch', createMergePatch(before, wanted)],
    ...(subject.kind === 'ConfigMap' ? jsonPatches(choices, before) : []),
  ];
}

/** Directives about the object as a whole would only break its identity. */
function innerPatch(choices: Choices, subject: Subject): Json {
  for (;;) {
    const patch = randomPatch(choices, subject.fields);
    if (!('$patch' in patch) && !('$retainKeys' in patch)) return patch;
  }
}

function jsonPatches(choices: Choices, before: Json): readonly (readonly [PatchType, unknown])[] {
  return Array.from({ length: 4 }, () => ['json-patch', randomOperations(choices, before)]);
}

type Attempt = Pick<PatchRecord, 'type' | 'before' | 'patch'>;

/** Records only what the patch itself did: no defaults filled in afterwards, no refusals by validation. */
async function tryPatch(session: Session, subject: Subject, attempt: Attempt): Promise<PatchRecord | undefined> {
  const answer = await session.server.call({
    method: 'PATCH',
    path: `${itemPath(session, subject)}?dryRun=All&fieldValidation=Ignore`,
    body: attempt.patch,
    type: `${attempt.type}+json`,
  });
  const head = { apiVersion: subject.apiVersion, kind: subject.kind, ...attempt };
  if (answer.code !== 200) return isPatchRefusal(answer) ? { ...head, code: answer.code } : undefined;
  const after = essence(subject, answer.body);
  const known = new Set([...leavesOf(attempt.before), ...leavesOf(attempt.patch)]);
  return leavesOf(after).every((leaf) => known.has(leaf)) ? { ...head, after } : undefined;
}

/** Some patches make the server's handler panic, so no Status comes; ordering two empty lists fails for no reason. */
function isPatchRefusal({ code, body }: Answer): boolean {
  const message = String(body['message']);
  if (body['kind'] !== 'Status') return false;
  if (code === 400) return /patch/.test(message);
  if (code === 422) return !message.includes('is invalid:');
  return code === 500 && !/no elements in any|panic/.test(message);
}

/** Scalars with the name of their field. */
function leavesOf(value: unknown, key = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => leavesOf(element, key));
  if (isObject(value)) return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, name));
  return value === null ? [] : [`${key}=${JSON.stringify(value)}`];
}
