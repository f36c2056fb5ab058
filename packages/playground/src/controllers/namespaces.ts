/** Namespaces that are deleted: first everything in them, then they themselves. */
import type { NamespaceCondition } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { StoredObject } from '../store/object.js';
import type { ServedResource } from '../store/resource.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import type { Namespace } from '@virtual-kubelet/kubernetes';
import { withCondition } from '../store/conditions.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import type { Write } from './write.js';
import { removeWrite, statusWrite, updateWrite } from './write.js';

/** Empties and ends namespaces. */
export const namespaces: Controller = {
  name: 'namespace',
  watches: 'all',
  keysFor(event, view) {
    if (event.storage === 'namespaces') return [event.key];
    const { namespace } = event.object.metadata;
    if (namespace === undefined || event.type === 'ADDED') return [];
    return view.get('namespaces', namespace)?.metadata.deletionTimestamp === undefined ? [] : [namespace];
  },
  reconcile(key, view) {
    const namespace = view.get('namespaces', key);
    return namespace?.metadata.deletionTimestamp === undefined ? noPlan : planFor(namespace, view);
  },
};

/** Resources whose objects live in namespaces, each once however many versions serve it. */
function namespaced({ served }: ClusterView): readonly ServedResource[] {
  const found = served.resources.filter((each) => each.namespaced && each.verbs.includes('delete'));
  return [...new Map(found.map((each) => [each.storage, each])).values()];
}

interface Content {
  readonly object: StoredObject;
  readonly resource: string;
}

function contentOf(namespace: string, view: ClusterView): readonly Content[] {
  return namespaced(view).flatMap(({ storage, name, group }) =>
    view.objects(storage, namespace).map((object) => ({ object, resource: group === '' ? name : `${name}.${group}` })),
  );
}

function planFor(namespace: Stored<Namespace>, view: ClusterView): Plan {
  const content = contentOf(namespace.metadata.name, view);
  if (content.length === 0) return { writes: [finalize(namespace)] };
  // Pods have their grace; everything else goes as far as finalizers let it.
  const waiting = content.filter(({ object }) => object.metadata.deletionTimestamp === undefined);
  const removals = waiting.map(({ object }) => removeWrite(object, { propagation: 'Background' }));
  return { writes: removals.length > 0 ? removals : told(namespace, content, view) };
}

function finalize(namespace: Stored<Namespace>): Write {
  const finalizers = (namespace.spec?.finalizers ?? []).filter((one) => one !== 'kubernetes');
  const write = updateWrite(namespace, { spec: { ...namespace.spec, finalizers } }, 'finalize');
  return { ...write, tolerates: ['NotFound', 'Conflict'] };
}

function told(namespace: Stored<Namespace>, content: readonly Content[], view: ClusterView): readonly Write[] {
  const remaining = counted(
    content.map(({ resource }) => resource),
    (name, count) => `${name} has ${count} resource instances`,
  );
  const held = counted(
    content.flatMap(({ object }) => object.metadata.finalizers ?? []),
    (name, count) => `${name} in ${count} resource instances`,
  );
  const wanted: readonly NamespaceCondition[] = [
    condition('NamespaceContentRemaining', 'SomeResourcesRemain', `Some resources are remaining: ${remaining}`),
    ...(held === ''
      ? []
      : [
          condition(
            'NamespaceFinalizersRemaining',
            'SomeFinalizersRemain',
            `Some content in the namespace has finalizers remaining: ${held}`,
          ),
        ]),
  ];
  const conditions = wanted.reduce((all, one) => withCondition(all, one, view.now), namespace.status?.conditions ?? []);
  return semanticEqual(conditions, namespace.status?.conditions)
    ? []
    : [statusWrite(namespace, { ...namespace.status, conditions })];
}

function condition(type: string, reason: string, message: string): NamespaceCondition {
  return { type, status: 'True', reason, message };
}

function counted(names: readonly string[], say: (name: string, count: number) => string): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => say(name, count))
    .join(', ');
}
