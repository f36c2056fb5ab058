/** `pods/resize`: changes requests and limits of CPU and memory while the pod runs. */
import type { Pod } from '@virtual-kubelet/kubernetes';
import { qosClass, semanticEqual } from '@virtual-kubelet/kubernetes';
import { forbiddenField, invalidValue } from '../field-error.js';
import type { Json } from '../json.js';
import { at, change, field, isJson, json, list, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import type { Errors } from './check.js';
import type { Subresource } from './kind-rules.js';
import { onlySpec } from './pod-ephemeral-containers.js';
import { podErrors } from './pod-validation.js';

/** The view behind `pods/resize`. */
export const resizeSubresource: Subresource = {
  is: 'view',
  write: withResources,
  validate: (draft, old) => [...podErrors(draft), ...resizeErrors(draft, old)],
};

const lists = ['containers', 'initContainers'] as const;

/** Only resources and the policies about them come from the draft; other containers are left to validation. */
function withResources(draft: DraftObject, old: StoredObject): DraftObject {
  const isSame = lists.every((key) => semanticEqual(namesOf(draft, key), namesOf(old, key)));
  if (!isSame) return withFields(onlySpec(old), { spec: draft.spec });
  const changed = lists.map((key) => [key, list(old, 'spec', key).length === 0 ? undefined : resized(draft, old, key)]);
  return withFields(onlySpec(old), { spec: change(json(old, 'spec'), Object.fromEntries(changed)) });
}

function namesOf(pod: DraftObject, key: string): readonly string[] {
  return list(pod, 'spec', key).map((one) => text(one, 'name'));
}

function resized(draft: DraftObject, old: StoredObject, key: string): readonly Json[] {
  return list(old, 'spec', key).map((container, index) => {
    const wanted = list(draft, 'spec', key)[index];
    const { resources, resizePolicy } = isJson(wanted) ? wanted : {};
    return change(json({ container }, 'container'), { resources, resizePolicy });
  });
}

function resizeErrors(draft: DraftObject, old: StoredObject): Errors {
  if (lists.some((key) => !semanticEqual(namesOf(draft, key), namesOf(old, key))))
    return [forbiddenField('spec.containers', 'containers may not be renamed or reordered on resize')];
  const classes = [draft, old].map((pod) => qosClass(pod as unknown as Pod));
  const isKept = classes[0] === classes[1];
  const removed = lists.flatMap((key) =>
    list(old, 'spec', key).flatMap((before, index) => removals(key, index, { before, draft })),
  );
  const other = lists.some((key) =>
    list(old, 'spec', key).some(
      (before, index) => !semanticEqual(otherResources(before), otherResources(list(draft, 'spec', key)[index])),
    ),
  );
  return [
    ...(isKept ? [] : [invalidValue('spec', classes[1], 'Pod QOS Class may not change as a result of resizing')]),
    ...removed,
    ...(other ? [forbiddenField('spec', 'only cpu and memory resources are mutable')] : []),
  ];
}

interface Removal {
  readonly before: unknown;
  readonly draft: DraftObject;
}

function removals(key: string, index: number, { before, draft }: Removal): Errors {
  const after = list(draft, 'spec', key)[index];
  return (['requests', 'limits'] as const).flatMap((which) => {
    const lost = ['cpu', 'memory'].some(
      (name) => at(before, 'resources', which, name) !== undefined && at(after, 'resources', which, name) === undefined,
    );
    const words = which === 'requests' ? 'resource requests cannot be removed' : 'resource limits cannot be removed';
    return lost ? [forbiddenField(`spec.${key}[${index}].resources.${which}`, words)] : [];
  });
}

function otherResources(container: unknown): Json {
  const without = (which: string): Json =>
    change(json(container, 'resources', which), { cpu: undefined, memory: undefined });
  return {
    requests: without('requests'),
    limits: without('limits'),
    claims: field(json(container, 'resources'), 'claims'),
  };
}
