/** What an ephemeral container must look like. */
import { forbiddenField, required } from '../field-error.js';
import { at, json, list, text } from '../json.js';
import type { DraftObject } from '../object.js';
import type { Errors } from './check.js';
import { label, unique } from './check.js';
import type { ContainerPlace } from './container-validation.js';
import { notFoundField } from './container-validation.js';

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
