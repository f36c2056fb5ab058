/** `pods/ephemeralcontainers`: containers that join a pod for debugging. They stay as they came. */
import { deepEqual } from '@virtual-kubelet/kubernetes';
import { forbiddenField, required } from '../field-error.js';
import { at, change, json, list, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import type { Errors } from './check.js';
import { label, unique } from './check.js';
import type { ContainerPlace } from './container-validation.js';
import { notFoundField } from './container-validation.js';
import type { Subresource } from './kind-rules.js';
import { podErrors } from './pod-validation.js';

/** The view behind `pods/ephemeralcontainers`. */
export const ephemeralContainersSubresource: Subresource = {
  is: 'view',
  write: withEphemeralContainers,
  validate: (draft, old) => [...podErrors(draft), ...changeErrors(draft, old)],
};

function withEphemeralContainers(draft: DraftObject, old: StoredObject): DraftObject {
  const { ephemeralContainers } = json(draft, 'spec');
  return withFields(onlySpec(old), { spec: change(json(old, 'spec'), { ephemeralContainers }) });
}

/** The object as it was: views that change only the spec take nothing of the metadata. */
export function onlySpec(old: StoredObject): DraftObject {
  return withMeta(old as DraftObject, {});
}

function changeErrors(draft: DraftObject, old: StoredObject): Errors {
  const now = list(draft, 'spec', 'ephemeralContainers');
  return list(old, 'spec', 'ephemeralContainers').flatMap((before) => {
    const name = text(before, 'name');
    const after = now.find((one) => text(one, 'name') === name);
    if (after === undefined)
      return [forbiddenField('spec.ephemeralContainers', `existing ephemeral containers "${name}" may not be removed`)];
    return deepEqual(after, before)
      ? []
      : [forbiddenField('spec.ephemeralContainers', `existing ephemeral containers "${name}" may not be changed`)];
  });
}

const refused = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'restartPolicy'] as const;

/** What is wrong with the ephemeral containers of a pod. */
export function ephemeralContainerErrors(draft: DraftObject, place: Pick<ContainerPlace, 'names'>): Errors {
  const names = new Set(place.names);
  const targets = ['containers', 'initContainers'].flatMap((key) =>
    list(draft, 'spec', key).map((one) => text(one, 'name')),
  );
  return list(draft, 'spec', 'ephemeralContainers').flatMap((container, index) => {
    const path = `spec.ephemeralContainers[${index}]`;
    const name = label(`${path}.name`, text(container, 'name'));
    const target = text(container, 'targetContainerName');
    return [
      ...(name.length > 0 ? name : unique(`${path}.name`, text(container, 'name'), names)),
      ...(text(container, 'image') === '' ? [required(`${path}.image`)] : []),
      ...refused
        .filter((key) => at(container, key) !== undefined)
        .map((key) => forbiddenField(`${path}.${key}`, 'cannot be set for an Ephemeral Container')),
      ...(Object.keys(json(container, 'resources')).length > 0
        ? [forbiddenField(`${path}.resources`, 'cannot be set for an Ephemeral Container')]
        : []),
      ...(target === '' || targets.includes(target) ? [] : [notFoundField(`${path}.targetContainerName`, target)]),
    ];
  });
}
