/** When watches of a custom kind end: with its definition, and when what that says is another. */
import type { CustomResourceDefinition } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../history.js';
import type { ServedResource } from '../resource.js';
import type { State } from '../state.js';
import { definitionStorage } from './custom-resources.js';

/** A signal that aborts when watches of a resource are to end; undefined for those that stay as they are. */
export type Endings = (resource: ServedResource) => AbortSignal | undefined;

/** Follows the definitions of a state. As upstream, clients have to come back and see what is served now. */
export function followEndings(state: State): Endings {
  const open = new Map<string, AbortController>();
  state.subscribe((event) => {
    if (event.storage !== definitionStorage || !changesService(event)) return;
    const { group, names } = definitionOf(event.object).spec;
    const storage = `${group}/${names.plural}`;
    open.get(storage)?.abort();
    open.delete(storage);
  });
  return ({ isCustom = false, storage }) => {
    if (!isCustom) return undefined;
    const controller = open.get(storage) ?? new AbortController();
    open.set(storage, controller);
    return controller.signal;
  };
}

function definitionOf(object: unknown): CustomResourceDefinition {
  return object as CustomResourceDefinition;
}

/** Whether an event of a definition changes what is served under it. */
function changesService({ type, object, previous }: StoreEvent): boolean {
  if (type === 'DELETED') return true;
  if (previous === undefined) return false;
  const [before, after] = [definitionOf(previous), definitionOf(object)];
  return !(
    semanticEqual(before.spec, after.spec) && semanticEqual(before.status?.acceptedNames, after.status?.acceptedNames)
  );
}
