/** `pods/eviction`: a delete that asks the disruption budgets first. */
import { formatTime, matchesLabels, requirementsOf, successStatus } from '@virtual-kubelet/kubernetes';
import type { LabelSelector } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import type { Json } from '../json.js';
import { change, json, list, number, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import type { DeleteOptions } from '../options.js';
import { deleteOptions } from '../options.js';
import { badRequest, internalRefusal, tooManyRequests } from '../refusal.js';
import { removeObject } from '../deletion.js';
import { currentObject } from '../current-object.js';
import type { Subresource } from './kind-rules.js';

/** The action behind `pods/eviction`. */
export const evictionSubresource: Subresource = { is: 'action', act: evict };

function evict(body: Json, call: Call): { readonly code: number; readonly body: Json } {
  const name = call.request.name ?? '';
  if (text(body, 'metadata', 'name') !== name) throw badRequest('name in URL does not match name in Eviction object');
  const asked = json(body, 'deleteOptions');
  const options = deleteOptions({ dryRun: call.request.query.getAll('dryRun'), ...asked }, new URLSearchParams());
  const pod = currentObject(call);
  if (!isBeyondBudgets(pod)) spendBudget(call, pod, options);
  removeObject(call, options.dryRun ? pod : marked(call, pod, options), unversioned(options));
  return { code: 201, body: { ...successStatus(), code: 201 } };
}

/** Deleting what does not run disturbs nobody. */
function isBeyondBudgets(pod: StoredObject): boolean {
  const phase = text(pod, 'status', 'phase');
  return phase !== 'Running' && phase !== 'Unknown' ? true : pod.metadata.deletionTimestamp !== undefined;
}

/** The version that was asked for is that before the condition was added. */
function unversioned(options: DeleteOptions): DeleteOptions {
  const { resourceVersion: _resourceVersion, ...rest } = options;
  return rest;
}

function marked(call: Call, pod: StoredObject, options: DeleteOptions): StoredObject {
  const isOther = options.uid !== undefined && options.uid !== pod.metadata.uid;
  const isOld = options.resourceVersion !== undefined && options.resourceVersion !== pod.metadata.resourceVersion;
  // Refuses with the words of a DELETE, before anything is written.
  if (isOther || isOld) removeObject(call, pod, { ...options, dryRun: true });
  const conditions = list(pod, 'status', 'conditions');
  if (conditions.some((one) => text(one, 'type') === 'DisruptionTarget' && text(one, 'status') === 'True')) return pod;
  const others = conditions.filter((one) => text(one, 'type') !== 'DisruptionTarget');
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatTime(call.context.now),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const status = change(json(pod, 'status'), { conditions: [...others, condition] });
  return call.state.put('pods', withFields(pod as DraftObject, { status }));
}

const budgets = 'policy/poddisruptionbudgets';

/** Takes one disruption from the pod's budget. Throws a Refusal where there is none left. */
function spendBudget(call: Call, pod: StoredObject, options: DeleteOptions): void {
  const found = call.state
    .collection(budgets)
    .objects(pod.metadata.namespace)
    .filter((one) => selects(one, pod));
  const [budget, second] = found;
  if (budget === undefined) return;
  if (second !== undefined)
    throw internalRefusal(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  if (isUnhealthyAllowed(budget, pod)) return;
  const left = number(budget, 'status', 'disruptionsAllowed') ?? 0;
  const isBehind = (number(budget, 'status', 'observedGeneration') ?? 0) < (budget.metadata.generation ?? 0);
  if (isBehind)
    throw refused(`The disruption budget ${budget.metadata.name} is still being processed by the server.`, 10);
  if (left <= 0) throw refused(needs(budget), undefined);
  if (options.dryRun) return;
  const disrupted = { ...json(budget, 'status', 'disruptedPods'), [pod.metadata.name]: formatTime(call.context.now) };
  const status = change(json(budget, 'status'), { disruptionsAllowed: left - 1, disruptedPods: disrupted });
  call.state.put(budgets, withFields(budget as DraftObject, { status }));
}

function selects(budget: StoredObject, pod: StoredObject): boolean {
  const selector = json(budget, 'spec').selector as LabelSelector | undefined;
  return matchesLabels(requirementsOf(selector), pod.metadata.labels);
}

function isUnhealthyAllowed(budget: StoredObject, pod: StoredObject): boolean {
  const ready = list(pod, 'status', 'conditions').find((one) => text(one, 'type') === 'Ready');
  if (text(ready, 'status') === 'True') return false;
  if (text(budget, 'spec', 'unhealthyPodEvictionPolicy') === 'AlwaysAllow') return true;
  const desired = number(budget, 'status', 'desiredHealthy') ?? 0;
  return desired > 0 && (number(budget, 'status', 'currentHealthy') ?? 0) >= desired;
}

function needs(budget: StoredObject): string {
  const [desired = 0, current = 0] = [
    number(budget, 'status', 'desiredHealthy'),
    number(budget, 'status', 'currentHealthy'),
  ];
  return `The disruption budget ${budget.metadata.name} needs ${desired} healthy pods and has ${current} currently`;
}

function refused(message: string, retryAfterSeconds: number | undefined): Error {
  const causes = [{ reason: 'DisruptionBudget', message }];
  const details = { causes, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  return tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", details);
}
