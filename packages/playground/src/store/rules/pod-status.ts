/** The status of pods: who may write what. */
import type { FieldError } from '../field-error.js';
import { forbiddenField, invalidValue } from '../field-error.js';
import { at, change, field, json, list, number, text } from '../json.js';
import type { Json } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import { isAddress } from './check.js';

/** Keeps podIP and podIPs (hostIP is left alone) in step, podIP winning. */
export function podStatusDefaults(draft: DraftObject): DraftObject {
  const status = field(draft, 'status');
  if (status === undefined) return draft;
  const ip = text(status, 'podIP');
  const ips = list(status, 'podIPs');
  const first = text(ips[0], 'ip');
  if (ip === first) return draft;
  const filled = ip === '' ? { podIP: first } : { podIPs: [{ ip }] };
  return withFields(draft, { status: change(json(draft, 'status'), filled) });
}

/** Spec and owners stay; some fields of the status cannot be taken back. */
export function updatePodStatus(draft: DraftObject, old: StoredObject): DraftObject {
  const status = keepObservedGenerations(json(draft, 'status'), json(old, 'status'));
  const qosClass = text(status, 'qosClass') || text(old, 'status', 'qosClass');
  const { ownerReferences, deletionTimestamp } = old.metadata;
  const { metadata } = withMeta(draft, { ownerReferences, deletionTimestamp });
  const filled = change(status, { qosClass: qosClass === '' ? undefined : qosClass });
  return withFields(old as DraftObject, { metadata, status: filled });
}

function keepObservedGenerations(status: Json, old: Json): Json {
  const own = number(status, 'observedGeneration') ?? 0;
  const kept = own === 0 ? number(old, 'observedGeneration') : own;
  const conditions = list(status, 'conditions').map((condition) => {
    if ((number(condition, 'observedGeneration') ?? 0) !== 0) return condition;
    const before = list(old, 'conditions').find((one) => text(one, 'type') === text(condition, 'type'));
    const generation = number(before, 'observedGeneration');
    return generation === undefined
      ? condition
      : change(json({ condition }, 'condition'), { observedGeneration: generation });
  });
  const filled = change(status, { observedGeneration: kept });
  return conditions.length === 0 ? filled : change(filled, { conditions });
}

/** What is wrong with a new status. */
export function podStatusErrors(draft: DraftObject, old: StoredObject): readonly FieldError[] {
  const [qos, before] = [text(draft, 'status', 'qosClass'), text(old, 'status', 'qosClass')];
  return [
    ...(qos === before ? [] : [invalidValue('status.qosClass', qos, 'field is immutable')]),
    ...transitionErrors(draft, old, 'containerStatuses'),
    ...transitionErrors(draft, old, 'initContainerStatuses'),
    ...addressErrors(draft, 'podIPs'),
    ...hostErrors(draft),
    ...addressErrors(draft, 'hostIPs'),
  ];
}

/** What has ended for good stays ended. */
function transitionErrors(draft: DraftObject, old: StoredObject, key: string): readonly FieldError[] {
  return list(old, 'status', key).flatMap((before, index) => {
    const exitCode = number(before, 'state', 'terminated', 'exitCode');
    const after = list(draft, 'status', key).find((one) => text(one, 'name') === text(before, 'name'));
    if (exitCode === undefined || after === undefined || at(after, 'state', 'terminated') !== undefined) return [];
    if (mayRestart(old, key, { name: text(before, 'name'), exitCode })) return [];
    return [forbiddenField(`status.${key}[${index}].state`, 'may not be transitioned to non-terminated state')];
  });
}

interface Ended {
  readonly name: string;
  readonly exitCode: number;
}

function mayRestart(pod: StoredObject, key: string, { name, exitCode }: Ended): boolean {
  const isInit = key === 'initContainerStatuses';
  const container = list(pod, 'spec', isInit ? 'initContainers' : 'containers').find(
    (one) => text(one, 'name') === name,
  );
  const policy = text(container, 'restartPolicy') || text(pod, 'spec', 'restartPolicy');
  if (policy === 'Always') return true;
  if (list(container, 'restartPolicyRules').length > 0) return true;
  return policy === 'OnFailure' && exitCode !== 0;
}

function addressErrors(draft: DraftObject, name: 'podIPs' | 'hostIPs'): readonly FieldError[] {
  const path = `status.${name}`;
  const ips = list(draft, 'status', name).map((one) => text(one, 'ip'));
  const errors = ips.flatMap((ip, index) =>
    isAddress(ip) ? [] : [invalidValue(`${path}[${index}]`, ip, 'must be a valid IP address')],
  );
  const families = new Set(ips.map((ip) => ip.includes(':')));
  if (ips.length > 2 || families.size < ips.length)
    errors.push(invalidValue(path, list(draft, 'status', name), 'may specify no more than one IP for each IP family'));
  return errors;
}

function hostErrors(draft: DraftObject): readonly FieldError[] {
  const first = list(draft, 'status', 'hostIPs')[0];
  const ip = text(first, 'ip');
  if (first === undefined || ip === text(draft, 'status', 'hostIP')) return [];
  return [invalidValue('status.hostIPs[0].ip', ip, 'must be equal to `hostIP`')];
}
