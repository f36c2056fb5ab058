/** `pods/binding`: gives a pod to a node. */
import { formatTime, successStatus } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import { bodyOf, invalidValue, required, unsupportedValue } from '../field-error.js';
import type { FieldError } from '../field-error.js';
import type { Json } from '../json.js';
import { change, json, list, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { storageKey, withFields, withMeta } from '../object.js';
import { badRequest, conflict, internalRefusal, notFound } from '../refusal.js';
import type { Subresource } from './kind-rules.js';

/** The action behind `pods/binding`. */
export const bindingSubresource: Subresource = { is: 'action', act: (body, call) => bind(body, call) };

/** Binds the pod a Binding names. Throws a Refusal. */
export function bind(body: Json, call: Call): { readonly code: number; readonly body: Json } {
  const { request, state } = call;
  const name = request.name ?? text(body, 'metadata', 'name');
  if (text(body, 'metadata', 'name') !== name) throw badRequest('name in URL does not match name in Binding object');
  const errors = bindingErrors(body);
  // Upstream answers these without a reason, as an internal error.
  const [first] = errors;
  if (first !== undefined) throw internalRefusal(`${first.field}: ${bodyOf(first)}`);
  const pod = state.collection('pods').get(storageKey(request.namespace, name));
  if (pod === undefined) throw notFound(podResource, name);
  checkBindable(pod, body);
  state.put('pods', bound(pod, body, call));
  return { code: 201, body: { ...successStatus(), code: 201 } };
}

const podResource = { group: '', name: 'pods', kind: 'Pod' };

function bindingErrors(body: Json): readonly FieldError[] {
  const kind = text(body, 'target', 'kind');
  const name = text(body, 'target', 'name');
  const wrongKind = kind !== '' && kind !== 'Node' ? [unsupportedValue('target.kind', kind, ['Node', '<empty>'])] : [];
  const noName = name === '' ? [required('target.name')] : [];
  const badName = /[/%]|^\.{1,2}$/.test(name) ? [invalidValue('target.name', name, 'is not a path segment')] : [];
  return [...wrongKind, ...noName, ...badName];
}

function checkBindable(pod: StoredObject, body: Json): void {
  const { name, uid, resourceVersion, deletionTimestamp } = pod.metadata;
  const wantedUid = text(body, 'metadata', 'uid') || uid;
  const wantedVersion = text(body, 'metadata', 'resourceVersion') || resourceVersion;
  if (wantedUid !== uid)
    throw conflict(
      podResource,
      name,
      `Precondition failed: UID in precondition: ${wantedUid}, UID in object meta: ${uid}`,
    );
  if (wantedVersion !== resourceVersion)
    throw conflict(
      podResource,
      name,
      `Precondition failed: ResourceVersion in precondition: ${wantedVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
  const subject = { ...podResource, name: 'pods/binding' };
  if (deletionTimestamp !== undefined)
    throw conflict(subject, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const node = text(pod, 'spec', 'nodeName');
  if (node !== '') throw conflict(subject, name, `pod ${name} is already assigned to node "${node}"`);
  if (list(pod, 'spec', 'schedulingGates').length > 0)
    throw conflict(subject, name, `pod ${name} has non-empty .spec.schedulingGates`);
}

function bound(pod: StoredObject, body: Json, call: Call): DraftObject {
  const now = formatTime(call.context.now);
  const scheduled = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: now };
  const others = list(pod, 'status', 'conditions').filter((one) => text(one, 'type') !== 'PodScheduled');
  const status = change(json(pod, 'status'), { conditions: [...others, scheduled] });
  const spec = change(json(pod, 'spec'), { nodeName: text(body, 'target', 'name') });
  const annotations = merged(pod.metadata.annotations, json(body, 'metadata', 'annotations'));
  const labels = merged(pod.metadata.labels, json(body, 'metadata', 'labels'));
  return withMeta(withFields(pod as DraftObject, { spec, status }), { annotations, labels });
}

function merged(
  own: Readonly<Record<string, string>> | undefined,
  more: Json,
): Readonly<Record<string, string>> | undefined {
  if (Object.keys(more).length === 0) return own;
  return { ...own, ...(more as Readonly<Record<string, string>>) };
}
