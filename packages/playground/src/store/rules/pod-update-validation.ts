/** What may change in a pod that exists: little. */
import { deepEqual, semanticEqual } from '@virtual-kubelet/kubernetes';
import { forbiddenField, invalidValue } from '../field-error.js';
import type { Json } from '../json.js';
import { at, change, field, json, list, mapList, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import type { Errors } from './check.js';

const mayChange =
  'pod updates may not change fields other than `spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` (only additions to existing tolerations), `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What is wrong with a change of the main resource. */
export function podChangeErrors(draft: DraftObject, old: StoredObject): Errors {
  const [spec, before] = [json(draft, 'spec'), json(old, 'spec')];
  const counts = ['containers', 'initContainers'].filter((key) => list(spec, key).length !== list(before, key).length);
  if (counts.length > 0)
    return counts.map((key) => forbiddenField(`spec.${key}`, 'pod updates may not add or remove containers'));
  const deadline = deadlineErrors(spec, before);
  if (deadline.length > 0) return deadline;
  const errors = [...tolerationErrors(spec, before), ...gateErrors(spec, before), ...selectorErrors(spec, before)];
  return semanticEqual(withOldChangeables(spec, before), before)
    ? errors
    : [...errors, forbiddenField('spec', mayChange)];
}

function deadlineErrors(spec: Json, before: Json): Errors {
  const path = 'spec.activeDeadlineSeconds';
  const [now, then] = [field(spec, 'activeDeadlineSeconds'), field(before, 'activeDeadlineSeconds')];
  if (typeof then !== 'number') return [];
  if (typeof now !== 'number')
    return [invalidValue(path, null, 'must not update from a positive integer to nil value')];
  return now > then ? [invalidValue(path, now, 'must be less than or equal to previous value')] : [];
}

function tolerationErrors(spec: Json, before: Json): Errors {
  const now = list(spec, 'tolerations').map(untimed);
  const lost = list(before, 'tolerations').some((one) => !now.some((each) => deepEqual(each, untimed(one))));
  return lost
    ? [forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')]
    : [];
}

function untimed(toleration: unknown): Json {
  return change(json({ toleration }, 'toleration'), { tolerationSeconds: undefined });
}

function gateErrors(spec: Json, before: Json): Errors {
  const known = new Set(list(before, 'schedulingGates').map((gate) => text(gate, 'name')));
  return list(spec, 'schedulingGates').flatMap((gate, index) => {
    const name = text(gate, 'name');
    if (known.has(name)) return [];
    return [
      forbiddenField(
        `spec.schedulingGates[${index}].name`,
        `only deletion is allowed, but found new scheduling gate '${name}'`,
      ),
    ];
  });
}

function isGated(before: Json): boolean {
  return list(before, 'schedulingGates').length > 0;
}

/** While a pod is gated its placement may be narrowed. */
function selectorErrors(spec: Json, before: Json): Errors {
  if (!isGated(before)) return [];
  const [now, then] = [json(spec, 'nodeSelector'), json(before, 'nodeSelector')];
  const isKept = Object.entries(then).every(([key, value]) => field(now, key) === value);
  if (isKept) return [];
  return [
    invalidValue(
      'spec.nodeSelector',
      now,
      'only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ),
  ];
}

/** The new spec with all that may change put back; what then still differs may not. */
function withOldChangeables(spec: Json, before: Json): Json {
  const images = ['containers', 'initContainers'].reduce((all, key) => withOldImages(all, before, key), spec);
  const grace = field(before, 'terminationGracePeriodSeconds');
  const mendsGrace = typeof grace === 'number' && grace < 0 && field(spec, 'terminationGracePeriodSeconds') === 1;
  return change(images, {
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
    ...(mendsGrace ? { terminationGracePeriodSeconds: grace } : {}),
    ...(isGated(before) ? { nodeSelector: before.nodeSelector, affinity: withOldNodeAffinity(spec, before) } : {}),
  });
}

function withOldImages(spec: Json, before: Json, key: string): Json {
  let index = 0;
  return mapList(spec, key, (container) => change(container, { image: at(list(before, key)[index++], 'image') }));
}

function withOldNodeAffinity(spec: Json, before: Json): unknown {
  const affinity = change(json(spec, 'affinity'), { nodeAffinity: at(before, 'affinity', 'nodeAffinity') });
  return Object.keys(affinity).length === 0 ? undefined : affinity;
}
