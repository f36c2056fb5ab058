/** After a write to a definition: the names of all definitions of its group are looked at again. */
import type { CustomResourceDefinition } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ApplyContext } from '../call.js';
import type { StoreEvent } from '../history.js';
import type { Json } from '../json.js';
import { ownRequest } from '../own-requests.js';
import type { Store } from '../store.js';
import { definitionStorage } from './custom-resources.js';
import { withAcceptedNames } from './names.js';

/** Settles the names of a group after a write. It causes writes of statuses, for which it need not be called again. */
export function settleNames(store: Store, { object }: StoreEvent, context: ApplyContext): void {
  const { group } = (object as unknown as CustomResourceDefinition).spec;
  const objects = store.state.collection(definitionStorage).objects();
  const names = objects.filter((one) => specOf(one).group === group).map(({ metadata }) => metadata.name);
  for (const name of names) settle(store, name, context);
}

function specOf(object: unknown): CustomResourceDefinition['spec'] {
  return (object as CustomResourceDefinition).spec;
}

function settle(store: Store, name: string, context: ApplyContext): void {
  const { state } = store;
  const found = state.collection(definitionStorage).get(name);
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
  const definition = found as unknown as CustomResourceDefinition;
  const others = state.collection(definitionStorage).objects() as unknown as readonly CustomResourceDefinition[];
  const status = withAcceptedNames({ definition, others, now: context.now });
  if (semanticEqual(status, definition.status)) return;
  const target = {
    apiVersion: 'apiextensions.k8s.io/v1',
    resource: 'customresourcedefinitions',
    name,
    subresource: 'status',
  };
  const body: Json = { ...found, status };
  ownRequest(store, { verb: 'update', ...target, query: { fieldManager: 'kube-apiserver' }, body }, context);
}
