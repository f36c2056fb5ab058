/** Definitions of custom resources that are deleted take their objects along. */
import type { CustomResourceDefinition } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import { withCondition } from '../store/conditions.js';
import { definitionStorage } from '../store/custom-resources/custom-resources.js';
import { cleanupFinalizer } from '../store/rules/custom-resource-definitions.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { patchWrite, removeWrite, statusWrite } from './write.js';

type Definition = Stored<CustomResourceDefinition>;

/** Empties and ends definitions. Keys are their names. */
export const customResourceDefinitions: Controller = {
  name: 'custom-resource-definition',
  watches: 'all',
  keysFor(event, view) {
    if (event.storage === definitionStorage) return [event.key];
    if (event.type !== 'DELETED') return [];
    const [group = '', plural = ''] = event.storage.split('/');
    const name = `${plural}.${group}`;
    return view.get(definitionStorage, name)?.metadata.deletionTimestamp === undefined ? [] : [name];
  },
  reconcile(name, view) {
    const definition = view.get(definitionStorage, name);
    return definition?.metadata.deletionTimestamp === undefined ? noPlan : emptied(definition, view);
  },
};

function emptied(definition: Definition, view: ClusterView): Plan {
  const { finalizers = [] } = definition.metadata;
  if (!finalizers.includes(cleanupFinalizer)) return noPlan;
  const { group, names } = definition.spec;
  const objects = view.objects(`${group}/${names.plural}`);
  if (objects.length === 0)
    return {
      writes: [
        patchWrite(definition, { metadata: { finalizers: finalizers.filter((one) => one !== cleanupFinalizer) } }),
      ],
    };
  const waiting = objects.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return { writes: [...told(definition, view), ...waiting.map((object) => removeWrite(object))] };
}

function told(definition: Definition, view: ClusterView): Plan['writes'] {
  const { status } = definition;
  const conditions = withCondition(
    status?.conditions,
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionInProgress',
      message: 'CustomResource deletion is in progress',
    },
    view.now,
  );
  if (semanticEqual(conditions, status?.conditions)) return [];
  return [{ ...statusWrite(definition, { ...status, conditions }), tolerates: ['NotFound', 'Conflict'] }];
}
