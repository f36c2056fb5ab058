/** Jobs and CronJobs. */
import { invalidValue, required } from '../field-error.js';
import type { Json } from '../json.js';
import { change, field, json, number, text, withDefaults } from '../json.js';
import type { DraftObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import type { Errors } from './check.js';
import { oneOf } from './check.js';
import type { KindRules } from './kind-rules.js';
import { templateDefaults } from './workloads.js';

/** Jobs: the selector is made from the UID unless the user wants to do it. */
export const jobRules: KindRules = {
  hasGeneration: true,
  defaults: (draft) => withFields(draft, { spec: jobSpecDefaults(json(draft, 'spec')) }),
  create: (draft) => withOwnLabels(withSelector(withFields(draft, { status: {} }))),
  update: (draft, old) => withOwnLabels(withFields(draft, { status: old.status })),
  validate: jobErrors,
  fields: new Map([['status.successful', (job) => String(number(job, 'status', 'succeeded') ?? 0)]]),
};

/** The spec of a Job with defaults. */
export function jobSpecDefaults(spec: Json): Json {
  const isOne = field(spec, 'completions') === undefined && field(spec, 'parallelism') === undefined;
  const perIndex = field(spec, 'backoffLimitPerIndex') !== undefined;
  const hasPolicy = field(spec, 'podFailurePolicy') !== undefined;
  const filled = withDefaults(spec, {
    ...(isOne ? { completions: 1 } : {}),
    parallelism: 1,
    backoffLimit: perIndex ? 2_147_483_647 : 6,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: hasPolicy ? 'Failed' : 'TerminatingOrFailed',
    manualSelector: false,
  });
  return templateDefaults(filled);
}

/** A Job without labels takes those of its template. */
function withOwnLabels(draft: DraftObject): DraftObject {
  const labels = json(draft, 'spec', 'template', 'metadata', 'labels');
  if (Object.keys(labels).length === 0 || Object.keys(draft.metadata.labels ?? {}).length > 0) return draft;
  return withMeta(draft, { labels: labels as Readonly<Record<string, string>> });
}

function withSelector(draft: DraftObject): DraftObject {
  const spec = json(draft, 'spec');
  if (field(spec, 'manualSelector') === true) return draft;
  const { uid = '', name = '' } = draft.metadata;
  const prefix = 'batch.kubernetes.io/';
  const own = {
    'controller-uid': uid,
    'job-name': name,
    [`${prefix}controller-uid`]: uid,
    [`${prefix}job-name`]: name,
  };
  const template = json(spec, 'template');
  const metadata = change(json(template, 'metadata'), { labels: { ...json(template, 'metadata', 'labels'), ...own } });
  const selector = { matchLabels: { [`${prefix}controller-uid`]: uid } };
  return withFields(draft, { spec: change(spec, { selector, template: change(template, { metadata }) }) });
}

function jobErrors(draft: DraftObject): Errors {
  const policy = text(draft, 'spec', 'template', 'spec', 'restartPolicy');
  const path = 'spec.template.spec.restartPolicy';
  return policy === 'Always'
    ? [{ ...required(path), detail: 'valid values: "OnFailure", "Never"' }]
    : oneOf(path, policy, ['OnFailure', 'Never']);
}

/** CronJobs. */
export const cronJobRules: KindRules = {
  hasGeneration: true,
  defaults: (draft) => {
    const spec = withDefaults(json(draft, 'spec'), {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    const template = json(spec, 'jobTemplate');
    const jobTemplate = withDefaults(change(template, { spec: templateDefaults(json(template, 'spec')) }), {
      metadata: {},
    });
    return withFields(draft, { spec: change(spec, { jobTemplate }) });
  },
  validate: (draft) => {
    const schedule = text(draft, 'spec', 'schedule');
    const name = draft.metadata.name ?? '';
    return [
      ...(schedule === '' ? [required('spec.schedule')] : []),
      ...(name.length > 52 ? [invalidValue('metadata.name', name, 'must be no more than 52 characters')] : []),
    ];
  },
};
