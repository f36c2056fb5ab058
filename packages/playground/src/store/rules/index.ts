/** Which rules hold for which resource. What is not listed follows the general rules alone. */
import { autoscalerRules, oldAutoscalerRules } from './autoscalers.js';
import { bindingRules } from './bindings.js';
import { signingRequestRules } from './certificate-signing-requests.js';
import { configMapRules, secretRules } from './config.js';
import { customResourceDefinitionRules } from './custom-resource-definitions.js';
import { eventRules, newEventRules } from './events.js';
import { cronJobRules, jobRules } from './jobs.js';
import type { KindRules } from './kind-rules.js';
import { leaseRules } from './leases.js';
import { namespaceRules } from './namespaces.js';
import { nodeRules } from './nodes.js';
import { podRules } from './pods.js';
import {
  accessReviewRules,
  localAccessReviewRules,
  rulesReviewRules,
  selfAccessReviewRules,
  selfSubjectReviewRules,
  tokenReviewRules,
} from './reviews.js';
import { serviceAccountRules } from './service-accounts.js';
import { serviceRules } from './services.js';
import { smallKindRules } from './small-kinds.js';
import {
  daemonSetRules,
  deploymentRules,
  podTemplateRules,
  replicaSetRules,
  replicationControllerRules,
  statefulSetRules,
} from './workloads.js';

const table: ReadonlyMap<string, KindRules> = new Map([
  ...smallKindRules,
  ['apiextensions.k8s.io/customresourcedefinitions', customResourceDefinitionRules],
  ['apps/daemonsets', daemonSetRules],
  ['apps/deployments', deploymentRules],
  ['apps/replicasets', replicaSetRules],
  ['apps/statefulsets', statefulSetRules],
  ['authentication.k8s.io/selfsubjectreviews', selfSubjectReviewRules],
  ['authentication.k8s.io/tokenreviews', tokenReviewRules],
  ['authorization.k8s.io/localsubjectaccessreviews', localAccessReviewRules],
  ['authorization.k8s.io/selfsubjectaccessreviews', selfAccessReviewRules],
  ['authorization.k8s.io/selfsubjectrulesreviews', rulesReviewRules],
  ['authorization.k8s.io/subjectaccessreviews', accessReviewRules],
  ['autoscaling/v1/horizontalpodautoscalers', oldAutoscalerRules],
  ['autoscaling/v2/horizontalpodautoscalers', autoscalerRules],
  ['batch/cronjobs', cronJobRules],
  ['batch/jobs', jobRules],
  ['bindings', bindingRules],
  ['certificates.k8s.io/certificatesigningrequests', signingRequestRules],
  ['configmaps', configMapRules],
  ['coordination.k8s.io/leases', leaseRules],
  ['events', eventRules],
  ['events.k8s.io/events', newEventRules],
  ['namespaces', namespaceRules],
  ['nodes', nodeRules],
  ['pods', podRules],
  ['podtemplates', podTemplateRules],
  ['replicationcontrollers', replicationControllerRules],
  ['secrets', secretRules],
  ['serviceaccounts', serviceAccountRules],
  ['services', serviceRules],
]);

const generalRules: KindRules = {};

/** A resource as the table names it. */
export interface RulesKey {
  readonly group: string;
  readonly version: string;
  /** Plural. */
  readonly name: string;
}

/** The rules of a resource; those of one version come before those of all. */
export function rulesOf({ group, version, name }: RulesKey): KindRules {
  const plain = group === '' ? name : `${group}/${name}`;
  return table.get(`${group}/${version}/${name}`) ?? table.get(plain) ?? generalRules;
}
