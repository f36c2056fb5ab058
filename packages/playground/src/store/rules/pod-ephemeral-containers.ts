/** `pods/ephemeralcontainers`: containers that join a pod for debugging. They stay as they came. */
import { deepEqual } from '@virtual-kubelet/kubernetes';
import { forbiddenField } from '../field-error.js';
import { change, json, list, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import type { Errors } from './check.js';
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
