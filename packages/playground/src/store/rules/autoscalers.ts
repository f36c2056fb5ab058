/** HorizontalPodAutoscalers. They are kept as autoscaling/v2 has them; v1 is a view that knows only CPU. */
import type { Json } from '../json.js';
import { change, field, json, list, number, text, withDefaults } from '../json.js';
import type { StoredObject } from '../object.js';
import { withFields } from '../object.js';
import { normalise } from '../schema.js';
import type { KindRules } from './kind-rules.js';

/** What autoscaling/v2 does differently. */
export const autoscalerRules: KindRules = {
  hasGeneration: true,
  defaults: (draft) => withFields(draft, { spec: specDefaults(json(draft, 'spec')) }),
};

/** What autoscaling/v1 does differently. */
export const oldAutoscalerRules: KindRules = {
  ...autoscalerRules,
  toStored: (draft) => ({
    ...withFields(draft, { spec: specToStored(json(draft, 'spec')) }),
    apiVersion: 'autoscaling/v2',
  }),
  fromStored: (object) => served(withFields(object, { spec: specFromStored(json(object, 'spec')) })),
};

function served(object: StoredObject): StoredObject {
  const { object: made } = normalise(object, 'AutoscalingV1HorizontalPodAutoscaler');
  return { ...made, kind: object.kind, apiVersion: 'autoscaling/v1', metadata: object.metadata };
}

function specDefaults(spec: Json): Json {
  const metrics = list(spec, 'metrics').length > 0 ? spec.metrics : [cpuMetric(80)];
  return withDefaults(change(spec, { metrics }), { minReplicas: 1 });
}

function cpuMetric(percentage: number): Json {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percentage } },
  };
}

function specToStored(spec: Json): Json {
  const percentage = field(spec, 'targetCPUUtilizationPercentage');
  const metrics = typeof percentage === 'number' ? [cpuMetric(percentage)] : undefined;
  return change(spec, { targetCPUUtilizationPercentage: undefined, metrics });
}

function specFromStored(spec: Json): Json {
  const cpu = list(spec, 'metrics').find((metric) => text(metric, 'resource', 'name') === 'cpu');
  const percentage = number(cpu, 'resource', 'target', 'averageUtilization');
  return change(spec, { metrics: undefined, behavior: undefined, targetCPUUtilizationPercentage: percentage });
}
