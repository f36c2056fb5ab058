/** `scale`: the number of replicas of a workload as a small object of its own. */
import { formatLabelSelector, requirementsOf } from '@virtual-kubelet/kubernetes';
import type { LabelSelector } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { change, json, number, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import { notNegative } from './check.js';
import type { Subresource } from './kind-rules.js';

/** The view behind `scale`. */
export const scaleSubresource: Subresource = {
  is: 'view',
  read: scaleOf,
  validate: (draft) => notNegative('spec.replicas', number(draft, 'spec', 'replicas')),
  write: (draft, old) =>
    withFields(old as DraftObject, {
      spec: change(json(old, 'spec'), { replicas: number(draft, 'spec', 'replicas') ?? 0 }),
    }),
};

function scaleOf(object: StoredObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = number(object, 'spec', 'replicas') ?? 0;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: number(object, 'status', 'replicas') ?? 0, ...selectorText(object) },
  };
}

function selectorText(object: StoredObject): Json {
  const selector = json(object, 'spec').selector;
  if (selector === undefined) return {};
  const isPlain = text(object, 'kind') === 'ReplicationController';
  const whole = (isPlain ? { matchLabels: selector } : selector) as LabelSelector;
  return { selector: formatLabelSelector(requirementsOf(whole) ?? []) };
}
