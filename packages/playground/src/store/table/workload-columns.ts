/** The columns of what makes pods. */
import type { LabelSelector } from '@virtual-kubelet/kubernetes';
import { parseTime } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { at, field, isJson, json, list, number, text } from '../json.js';
import type { Column } from './column.js';
import { age, ago, column, integerColumn, joined, none, pairs, textAt, wide } from './column.js';
import { humanDuration } from './human-duration.js';

function templateColumns(...path: readonly string[]): readonly Column[] {
  const each = (name: string) => (object: Json) =>
    joined(list(object, ...path, 'spec', 'containers').map((one) => text(one, name)));
  return [wide('Containers', each('name')), wide('Images', each('image'))];
}

const fromTemplate = templateColumns('spec', 'template');

const selectorColumn = wide('Selector', (object) => selectorWords(json(object, 'spec').selector));

/** A label selector as users write it. */
export function selectorWords(selector: unknown): string {
  if (!isJson(selector)) return none;
  const { matchLabels, matchExpressions } = selector as LabelSelector;
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.toSorted().join(',')})`;
  });
  return joined([...labels, ...expressions].toSorted());
}

const spec = (name: string) => (object: Json) => number(object, 'spec', name) ?? 0;
const status = (name: string) => (object: Json) => number(object, 'status', name) ?? 0;
const readyOf = (object: Json): string => `${status('readyReplicas')(object)}/${spec('replicas')(object)}`;

const deploymentColumns: readonly Column[] = [
  column('Ready', readyOf),
  column('Up-to-date', status('updatedReplicas')),
  column('Available', status('availableReplicas')),
  age,
  ...fromTemplate,
  selectorColumn,
];

const replicaColumns: readonly Column[] = [
  integerColumn('Desired', spec('replicas')),
  integerColumn('Current', status('replicas')),
  integerColumn('Ready', status('readyReplicas')),
  age,
  ...fromTemplate,
];

const daemonSetColumns: readonly Column[] = [
  integerColumn('Desired', status('desiredNumberScheduled')),
  integerColumn('Current', status('currentNumberScheduled')),
  integerColumn('Ready', status('numberReady')),
  integerColumn('Up-to-date', status('updatedNumberScheduled')),
  integerColumn('Available', status('numberAvailable')),
  column('Node Selector', (set) => pairs(json(set, 'spec', 'template', 'spec', 'nodeSelector'))),
  age,
  ...fromTemplate,
  selectorColumn,
];

const jobColumns: readonly Column[] = [
  column('Status', jobStatus),
  column('Completions', completions),
  column('Duration', duration),
  age,
  ...fromTemplate,
  selectorColumn,
];

const jobWords = ['Complete', 'Failed', 'Suspended', 'FailureTarget', 'SuccessCriteriaMet'] as const;

function jobStatus(job: Json): string {
  const has = (type: string): boolean =>
    list(job, 'status', 'conditions').some((one) => text(one, 'type') === type && text(one, 'status') === 'True');
  const [complete, failed, ...others] = jobWords;
  if (has(complete)) return complete;
  if (has(failed)) return failed;
  if (text(job, 'metadata', 'deletionTimestamp') !== '') return 'Terminating';
  return others.find(has) ?? 'Running';
}

function completions(job: Json): string {
  const done = status('succeeded')(job);
  const wanted = number(job, 'spec', 'completions');
  if (wanted !== undefined) return `${done}/${wanted}`;
  const parallel = number(job, 'spec', 'parallelism') ?? 0;
  return parallel > 1 ? `${done}/1 of ${parallel}` : `${done}/1`;
}

function duration(job: Json, now: number): string {
  const [start, end] = [text(job, 'status', 'startTime'), text(job, 'status', 'completionTime')];
  if (start === '') return '';
  return humanDuration((end === '' ? now : parseTime(end)) - parseTime(start));
}

const cronJobColumns: readonly Column[] = [
  column('Schedule', (job) => text(job, 'spec', 'schedule')),
  column('Timezone', textAt('spec', 'timeZone')),
  {
    ...column('Suspend', (job) => (field(json(job, 'spec'), 'suspend') === true ? 'True' : 'False')),
    type: 'boolean',
  },
  integerColumn('Active', (job) => list(job, 'status', 'active').length),
  column('Last Schedule', (job, now) => {
    const last = at(job, 'status', 'lastScheduleTime');
    return last === undefined ? none : ago(last, now);
  }),
  age,
  ...templateColumns('spec', 'jobTemplate', 'spec', 'template'),
  wide('Selector', (job) => selectorWords(at(job, 'spec', 'jobTemplate', 'spec', 'selector'))),
];

const revisionColumns: readonly Column[] = [
  column('Controller', (revision) => {
    const owner = list(revision, 'metadata', 'ownerReferences').find((one) => field(one, 'controller') === true);
    return owner === undefined ? none : `${text(owner, 'kind').toLowerCase()}.apps/${text(owner, 'name')}`;
  }),
  integerColumn('Revision', (revision) => number(revision, 'revision') ?? 0),
  age,
];

const podTemplateColumns: readonly Column[] = [
  ...templateColumns('template').map((each) => ({ ...each, isWide: false })),
  column('Pod Labels', (template) => pairs(json(template, 'template', 'metadata', 'labels'))),
];

/** Columns of workloads, by resource. */
export const workloadColumns: readonly (readonly [string, readonly Column[]])[] = [
  ['apps/controllerrevisions', revisionColumns],
  ['apps/daemonsets', daemonSetColumns],
  ['apps/deployments', deploymentColumns],
  ['apps/replicasets', [...replicaColumns, selectorColumn]],
  ['apps/statefulsets', [column('Ready', readyOf), age, ...fromTemplate]],
  ['batch/cronjobs', cronJobColumns],
  ['batch/jobs', jobColumns],
  ['podtemplates', podTemplateColumns],
  [
    'replicationcontrollers',
    [...replicaColumns, wide('Selector', (controller) => pairs(json(controller, 'spec', 'selector')))],
  ],
];
