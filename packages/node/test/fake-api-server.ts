/**
 * An API server in the process for tests of Nodes and Leases: versions, UIDs, the patch types, who wrote which field, and
 * whatever may go wrong with a call.
 */
import type { Transport, TransportRequest, TransportResponse } from '@virtual-kubelet/base';
import type { Lease, ManagedFieldsEntry, Node, ObjectMeta } from '@virtual-kubelet/kubernetes';
import { deepEqual } from '@virtual-kubelet/kubernetes';
import { applyMergePatch, applyStrategicMerge } from '@virtual-kubelet/kubernetes/internal';

interface Stored {
  readonly kind?: string;
  readonly metadata?: ObjectMeta;
  readonly [field: string]: unknown;
}

/** What happens to a call instead of the usual. */
export type Fault =
  /** The connection breaks before the server sees the call. */
  | 'refused'
  /** The server does what it is asked; the answer never arrives. */
  | 'answer lost'
  /** No answer ever. */
  | 'silence'
  | { readonly status: number; readonly reason?: string; readonly headers?: Readonly<Record<string, string>> };

/** A call as the server saw it. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly lane: string | undefined;
  readonly contentType: string | undefined;
  readonly body: unknown;
  status: number;
}

/** The server together with the hands of everybody else in the cluster. */
export interface FakeApiServer {
  readonly transport: Transport;
  readonly calls: SeenCall[];
  /** Asked for every call. */
  fault: (call: SeenCall) => Fault | undefined;
  /** Changes what is about to be stored, as a webhook or an older server does. */
  admit: (object: Stored) => Stored;
  node(name: string): Node | undefined;
  lease(name: string): Lease | undefined;
  edit(path: string, change: (object: Stored) => Stored): void;
  put(path: string, object: object): void;
  remove(path: string): void;
  /** Told of every write. */
  watch(listener: (type: 'added' | 'updated' | 'deleted', object: Stored) => void): void;
}

export const nodePath = (name: string): string => `/api/v1/nodes/${name}`;
export const leasePath = (name: string): string =>
  `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`;

class Refusal extends Error {
  readonly status: number;
  readonly reason: string;
  readonly field: string | undefined;
  constructor(status: number, reason: string, field?: string) {
    super(reason);
    [this.status, this.reason, this.field] = [status, reason, field];
  }
}

function answer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): TransportResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: new TextEncoder().encode(JSON.stringify(body)),
  };
}

function refusal({ status, reason, field }: Refusal): TransportResponse {
  const details = field === undefined ? {} : { causes: [{ field, message: 'no' }] };
  return answer(status, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code: status,
    reason,
    message: reason,
    details,
  });
}

/** The FieldsV1 of a value: elements of keyed lists by their type, everything else by name. */
function fieldsOf(value: unknown): Record<string, unknown> {
  if (Array.isArray(value)) {
    const typed = value.filter((each) => typeof each?.type === 'string');
    return Object.fromEntries(typed.map((each) => [`k:${JSON.stringify({ type: each.type })}`, {}]));
  }
  if (typeof value !== 'object' || value === null) return {};
  const present = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(present.map(([key, each]) => [`f:${key}`, fieldsOf(each)]));
}

function merged(a: unknown, b: unknown): Record<string, unknown> {
  return applyMergePatch(a ?? {}, b ?? {});
}

function withManager(
  object: Stored,
  written: object,
  entry: { manager: string; operation: string; subresource?: string },
): Stored {
  const all: readonly ManagedFieldsEntry[] = object.metadata?.managedFields ?? [];
  const isSame = (each: ManagedFieldsEntry): boolean =>
    each.manager === entry.manager && each.operation === entry.operation && each.subresource === entry.subresource;
  const old = entry.operation === 'Apply' ? undefined : all.find(isSame)?.fieldsV1;
  const { metadata, ...rest } = written as Stored;
  const fields = fieldsOf({
    ...rest,
    metadata: { labels: metadata?.labels ?? {}, annotations: metadata?.annotations ?? {} },
  });
  const managedFields = [...all.filter((each) => !isSame(each)), { ...entry, fieldsV1: merged(old, fields) }];
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

export function createFakeApiServer(): FakeApiServer {
  const objects = new Map<string, Stored>();
  const listeners: ((type: 'added' | 'updated' | 'deleted', object: Stored) => void)[] = [];
  let version = 100;
  let uids = 0;

  const store = (path: string, object: Stored): Stored => {
    const before = objects.get(path);
    if (before && deepEqual(before, object)) return before;
    version += 1;
    const uid = before?.metadata?.uid ?? `uid-${(uids += 1)}`;
    const stored = { ...object, metadata: { ...object.metadata, uid, resourceVersion: String(version) } };
    objects.set(path, stored);
    for (const each of listeners) each(before ? 'updated' : 'added', stored);
    return stored;
  };
  const remove = (path: string): void => {
    const object = objects.get(path);
    objects.delete(path);
    if (object) for (const each of listeners) each('deleted', object);
  };

  const existing = (path: string): Stored => {
    const found = objects.get(path);
    if (!found) throw new Refusal(404, 'NotFound');
    return found;
  };
  const guard = (before: Stored, metadata: ObjectMeta | undefined): void => {
    if (metadata?.uid !== undefined && metadata.uid !== before.metadata?.uid)
      throw new Refusal(422, 'Invalid', 'metadata.uid');
    const wanted = metadata?.resourceVersion;
    if (wanted !== undefined && wanted !== before.metadata?.resourceVersion) throw new Refusal(409, 'Conflict');
  };

  const create = (collection: string, body: Stored): TransportResponse => {
    const path = `${collection}/${body.metadata?.name}`;
    if (objects.has(path)) throw new Refusal(409, 'AlreadyExists');
    const entry = { manager: 'virtual-kubelet', operation: 'Update' };
    // As the real one: a status is accepted, but nobody is recorded as its writer.
    const { status: _status, ...recorded } = body;
    return answer(201, store(path, withManager(server.admit(body), recorded, entry)));
  };
  const replace = (path: string, body: Stored): TransportResponse => {
    guard(existing(path), body.metadata);
    return answer(200, store(path, server.admit(body)));
  };
  const patch = (path: string, body: Stored, contentType: string): TransportResponse => {
    const [target = path, subresource] = path.split(/\/(?=status$)/);
    const before = existing(target);
    guard(before, body.metadata);
    const isApply = contentType.includes('apply');
    const entry = {
      manager: 'virtual-kubelet',
      operation: isApply ? 'Apply' : 'Update',
      ...(subresource ? { subresource } : {}),
    };
    const changed = contentType.includes('strategic')
      ? applyStrategicMerge(before, body, 'Node')
      : applyMergePatch(before, body);
    const part = subresource ? { ...before, status: changed['status'] } : { ...changed, status: before['status'] };
    return answer(200, store(target, withManager(server.admit(part), body, entry)));
  };
  const removal = (path: string, query: URLSearchParams): TransportResponse => {
    const { metadata } = existing(path);
    if ((query.get('uid') ?? metadata?.uid) !== metadata?.uid) throw new Refusal(409, 'Conflict');
    remove(path);
    return answer(200, { kind: 'Status', apiVersion: 'v1', status: 'Success' });
  };

  const serve = (call: SeenCall): TransportResponse => {
    const [path = '', query] = call.path.split('?');
    const body = call.body as Stored;
    try {
      if (call.method === 'GET') return answer(200, existing(path));
      if (call.method === 'POST') return create(path, body);
      if (call.method === 'PUT') return replace(path, body);
      if (call.method === 'PATCH') return patch(path, body, call.contentType ?? '');
      return removal(path, new URLSearchParams(query));
    } catch (error) {
      if (error instanceof Refusal) return refusal(error);
      throw error;
    }
  };

  const request = async ({
    method,
    path,
    headers,
    body,
    lane,
    signal,
  }: TransportRequest): Promise<TransportResponse> => {
    const parsed: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
    const call: SeenCall = { method, path, lane, contentType: headers?.['content-type'], body: parsed, status: 0 };
    server.calls.push(call);
    const fault = server.fault(call);
    if (fault === 'refused') throw new Error('connection refused');
    if (fault === 'silence')
      return new Promise((_, no) => signal?.addEventListener('abort', () => no(signal.reason), { once: true }));
    const given = typeof fault === 'object' ? faulty(fault) : serve(call);
    call.status = given.status;
    if (fault === 'answer lost') throw new Error('connection reset');
    return given;
  };
  const faulty = ({ status, reason = '', headers }: Fault & object): TransportResponse =>
    answer(
      status,
      { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason, message: reason },
      headers,
    );
  const unsupported = (): never => {
    throw new Error('only plain requests here');
  };

  const server: FakeApiServer = {
    transport: { request, stream: unsupported, upgrade: unsupported, close: () => Promise.resolve() },
    calls: [],
    fault: () => undefined,
    admit: (object) => object,
    node: (name) => objects.get(nodePath(name)) as Node | undefined,
    lease: (name) => objects.get(leasePath(name)) as Lease | undefined,
    edit: (path, change) => void store(path, change(existing(path))),
    put: (path, object) => void store(path, object as Stored),
    remove,
    watch: (listener) => void listeners.push(listener),
  };
  return server;
}
