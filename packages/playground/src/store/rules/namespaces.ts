/** Namespaces: their end waits until `spec.finalizers` is empty. */
import { isDnsLabel } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import { change, json, list, text, texts } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import { forbidden } from '../refusal.js';
import { labelFault } from './check.js';
import type { KindRules } from './kind-rules.js';

/** What namespaces do differently. */
export const namespaceRules: KindRules = {
  checkName: (name) => (isDnsLabel(name) ? undefined : labelFault),
  returnsDeleted: true,
  defaults: withNameLabel,
  create: (draft) => withFields(draft, { spec: withFinalizer(draft), status: { phase: 'Active' } }),
  update: (draft, old) =>
    withFields(draft, {
      spec: change(json(draft, 'spec'), { finalizers: json(old, 'spec').finalizers }),
      status: old.status,
    }),
  beforeDelete: refuseSystemNamespace,
  hasOwnFinalizers: (object) => list(object, 'spec', 'finalizers').length > 0,
  markDeleted: (object) => withFields(object, { status: change(json(object, 'status'), { phase: 'Terminating' }) }),
  fields: new Map([['status.phase', (namespace) => text(namespace, 'status', 'phase')]]),
  subresources: {
    finalize: { is: 'view', write: (draft, old) => finalized(draft, old) },
  },
};

function withNameLabel(draft: DraftObject): DraftObject {
  const { name = '', labels = {} } = draft.metadata;
  if (name === '' || labels['kubernetes.io/metadata.name'] === name) return draft;
  return withMeta(draft, { labels: { ...labels, 'kubernetes.io/metadata.name': name } });
}

function withFinalizer(draft: DraftObject): ReturnType<typeof json> {
  const finalizers = texts(draft, 'spec', 'finalizers');
  const all = finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'];
  return change(json(draft, 'spec'), { finalizers: all });
}

function finalized(draft: DraftObject, old: StoredObject): DraftObject {
  return withFields(draft, { status: old.status });
}

const immortal: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

function refuseSystemNamespace(object: StoredObject, call: Call): void {
  if (immortal.has(object.metadata.name))
    throw forbidden(call.request.resource, object.metadata.name, { why: 'this namespace may not be deleted' });
}
