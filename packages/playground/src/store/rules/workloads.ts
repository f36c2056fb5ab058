/** Deployments, ReplicaSets, StatefulSets, DaemonSets, ReplicationControllers and pod templates. */
import { matchesLabels, requirementsOf, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { LabelSelector } from '@virtual-kubelet/kubernetes';
import { invalidValue, required } from '../field-error.js';
import type { Json } from '../json.js';
import { change, field, json, list, number, text, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import { unsaid } from '../schema.js';
import type { Errors } from './check.js';
import { selectorErrors } from './check.js';
import type { KindRules } from './kind-rules.js';
import { podSpecDefaults } from './pod-spec-defaults.js';
import { podErrors } from './pod-validation.js';
import { scaleSubresource } from './scale.js';

/** A template with the defaults of a pod spec. */
export function templateDefaults(holder: Json): Json {
  const template = field(holder, 'template');
  if (template === undefined) return holder;
  const spec = podSpecDefaults(json(template, 'spec'));
  return change(holder, { template: change(json(holder, 'template'), { spec }) });
}

function withSpec(defaults: (spec: Json) => Json): (draft: DraftObject) => DraftObject {
  return (draft) => withFields(draft, { spec: templateDefaults(defaults(json(draft, 'spec'))) });
}

/** What workloads have in common. */
function workload(defaults: (spec: Json) => Json, more: KindRules = {}): KindRules {
  return {
    hasGeneration: true,
    defaults: withSpec(defaults),
    validate: workloadErrors,
    validateUpdate: selectorChangeErrors,
    subresources: { scale: scaleSubresource },
    ...more,
  };
}

/** The spec of a ReplicaSet. */
export const replicaSetRules: KindRules = workload((spec) => withDefaults(spec, { replicas: 1 }), {
  fields: new Map([['status.replicas', (object) => String(number(object, 'status', 'replicas') ?? 0)]]),
});

/** Deployments. */
export const deploymentRules: KindRules = workload((spec) =>
  withDefaults(change(spec, { strategy: deploymentStrategy(json(spec, 'strategy')) }), {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  }),
);

function deploymentStrategy(strategy: Json): Json {
  const type = text(strategy, 'type') || 'RollingUpdate';
  const typed = change(strategy, { type });
  if (type !== 'RollingUpdate') return typed;
  const rolling = withDefaults(json(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  return change(typed, { rollingUpdate: rolling });
}

/** StatefulSets. */
export const statefulSetRules: KindRules = workload((spec) => {
  const retention = withDefaults(json(spec, 'persistentVolumeClaimRetentionPolicy'), {
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  });
  const updateStrategy = statefulSetStrategy(json(spec, 'updateStrategy'));
  const changed = change(spec, { persistentVolumeClaimRetentionPolicy: retention, updateStrategy });
  return withDefaults(claimDefaults(changed), {
    podManagementPolicy: 'OrderedReady',
    replicas: 1,
    revisionHistoryLimit: 10,
  });
});

function statefulSetStrategy(strategy: Json): Json {
  const type = text(strategy, 'type');
  const isOpen = type === '' || (type === 'RollingUpdate' && field(strategy, 'rollingUpdate') !== undefined);
  const typed = change(strategy, { type: type || 'RollingUpdate' });
  if (!isOpen) return typed;
  const rolling = withDefaults(json(strategy, 'rollingUpdate'), { partition: 0, maxUnavailable: 1 });
  return change(typed, { rollingUpdate: rolling });
}

function claimDefaults(spec: Json): Json {
  const templates = list(spec, 'volumeClaimTemplates');
  if (templates.length === 0) return spec;
  const filled = templates.map((one) => {
    const claim = json({ one }, 'one');
    return change(claim, {
      kind: 'PersistentVolumeClaim',
      apiVersion: 'v1',
      spec: withDefaults(json(claim, 'spec'), { volumeMode: 'Filesystem' }),
      status: withDefaults(json(claim, 'status'), { phase: 'Pending' }),
    });
  });
  return change(spec, { volumeClaimTemplates: filled });
}

const templateGeneration = 'deprecated.daemonset.template.generation';

/** DaemonSets. They count changes of the template in an annotation, as apps/v1 shows an older field. */
export const daemonSetRules: KindRules = workload(
  (spec) =>
    withDefaults(change(spec, { updateStrategy: daemonSetStrategy(json(spec, 'updateStrategy')) }), {
      revisionHistoryLimit: 10,
    }),
  {
    subresources: {},
    create: (draft) => withTemplateGeneration(withFields(draft, { status: unsaid('DaemonSet', 'status') }), 1),
    update: (draft, old) => {
      const before = Number(old.metadata.annotations?.[templateGeneration] ?? '1');
      const isSame = semanticEqual(json(draft, 'spec', 'template'), json(old, 'spec', 'template'));
      return withTemplateGeneration(withFields(draft, { status: old.status }), isSame ? before : before + 1);
    },
  },
);

function withTemplateGeneration(draft: DraftObject, generation: number): DraftObject {
  return withMeta(draft, { annotations: { ...draft.metadata.annotations, [templateGeneration]: String(generation) } });
}

function daemonSetStrategy(strategy: Json): Json {
  const type = text(strategy, 'type') || 'RollingUpdate';
  const typed = change(strategy, { type });
  if (type !== 'RollingUpdate') return typed;
  return change(typed, {
    rollingUpdate: withDefaults(json(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 }),
  });
}

/** ReplicationControllers: selector and labels default to those of the template. */
export const replicationControllerRules: KindRules = {
  hasGeneration: true,
  defaults: (draft) => {
    const spec = templateDefaults(withDefaults(json(draft, 'spec'), { replicas: 1 }));
    const labels = json(spec, 'template', 'metadata', 'labels');
    if (Object.keys(labels).length === 0) return withFields(draft, { spec });
    const filled = withFields(draft, { spec: withDefaults(spec, { selector: labels }) });
    return draft.metadata.labels === undefined
      ? withMeta(filled, { labels: labels as Readonly<Record<string, string>> })
      : filled;
  },
  subresources: { scale: scaleSubresource },
};

/** Pod templates. */
export const podTemplateRules: KindRules = {
  hasGeneration: true,
  returnsDeleted: true,
  defaults: (draft) => templateDefaults(draft) as DraftObject,
};

/** What is wrong with a workload: its selector must be there and select its own pods. */
export function workloadErrors(draft: DraftObject): Errors {
  const selector = json(draft, 'spec').selector as LabelSelector | undefined;
  const replicas = field(json(draft, 'spec'), 'replicas');
  const negative = typeof replicas === 'number' && replicas < 0;
  return [
    ...(negative ? [invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')] : []),
    ...ownSelectorErrors(draft, selector),
    ...templateErrors(draft),
  ];
}

function ownSelectorErrors(draft: DraftObject, selector: LabelSelector | undefined): Errors {
  const labels = json(draft, 'spec', 'template', 'metadata', 'labels');
  const path = 'spec.template.metadata.labels';
  const unmatched = invalidValue(path, labels, '`selector` does not match template `labels`');
  if (selector === undefined) return [required('spec.selector'), unmatched];
  const isEmpty = Object.keys(selector).length === 0;
  if (isEmpty) return [invalidValue('spec.selector', selector, 'empty selector is invalid')];
  const unreadable = selectorErrors('spec.selector', selector);
  if (unreadable.length > 0) return unreadable;
  if (matchesLabels(requirementsOf(selector), labels as Readonly<Record<string, string>>)) return [];
  return [unmatched];
}

function templateErrors(draft: DraftObject): Errors {
  const template = json(draft, 'spec', 'template');
  const asPod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: json(template, 'spec') };
  return podErrors(asPod).map((error) => ({ ...error, field: `spec.template.${error.field}` }));
}

function selectorChangeErrors(draft: DraftObject, old: StoredObject): Errors {
  const [now, before] = [json(draft, 'spec').selector, json(old, 'spec').selector];
  return semanticEqual(now, before) ? [] : [invalidValue('spec.selector', now, 'field is immutable')];
}
