/** Events of both groups. They are kept as core/v1 has them; events.k8s.io/v1 is another view of the same. */
import { normalise } from '../schema.js';
import type { FieldError } from '../field-error.js';
import { invalidValue, required } from '../field-error.js';
import type { Json } from '../json.js';
import { change, field, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import type { KindRules } from './kind-rules.js';

type FieldReader = readonly [string, (event: StoredObject) => string];

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;

function involvedFields(prefix: string): readonly FieldReader[] {
  return involved.map((name) => [`${prefix}.${name}`, (event) => text(event, 'involvedObject', name)]);
}

/** What core/v1 events do differently. */
export const eventRules: KindRules = {
  createsOnUpdate: true,
  validate: (draft) => eventErrors(draft, 'reportingComponent'),
  fields: new Map<string, (event: StoredObject) => string>([
    ...involvedFields('involvedObject'),
    ['reason', (event) => text(event, 'reason')],
    ['reportingComponent', (event) => text(event, 'reportingComponent')],
    ['source', (event) => text(event, 'source', 'component') || text(event, 'reportingComponent')],
    ['type', (event) => text(event, 'type')],
  ]),
};

/** What events.k8s.io/v1 events do differently. */
export const newEventRules: KindRules = {
  createsOnUpdate: true,
  validate: (draft) => eventErrors(draft, 'reportingController'),
  validateCreate: newEventErrors,
  fields: new Map<string, (event: StoredObject) => string>([
    ...involvedFields('regarding'),
    ['reason', (event) => text(event, 'reason')],
    ['reportingController', (event) => text(event, 'reportingComponent')],
    ['type', (event) => text(event, 'type')],
  ]),
  toStored: (draft) => ({ ...renamed(draft, toOld), apiVersion: 'v1' }) as DraftObject,
  fromStored: (event) => ({ ...withoutUnset(renamed(event, toNew)), apiVersion: 'events.k8s.io/v1' }) as StoredObject,
};

const names = [
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const;
const toOld: ReadonlyMap<string, string> = new Map(names);
const toNew: ReadonlyMap<string, string> = new Map(names.map(([now, then]) => [then, now]));

function renamed(event: Json, words: ReadonlyMap<string, string>): Json {
  return Object.fromEntries(Object.entries(event).map(([name, value]) => [words.get(name) ?? name, value]));
}

/** The newer kind leaves out empty texts that the older one shows. */
function withoutUnset(event: Json): Json {
  const { object } = normalise(event, 'EventsV1Event');
  return change(object, { metadata: event.metadata });
}

function eventErrors(draft: DraftObject, controller: string): readonly FieldError[] {
  return field(draft, 'eventTime') ? timedErrors(draft, controller) : untimedErrors(draft);
}

/** An event belongs to the namespace of what it is about; those about the cluster to `default`. */
function untimedErrors(draft: DraftObject): readonly FieldError[] {
  const about = text(draft, 'involvedObject', 'namespace');
  const { namespace = '' } = draft.metadata;
  if (about === '' ? namespace === 'default' : about === namespace) return [];
  return [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')];
}

function timedErrors(draft: DraftObject, controller: string): readonly FieldError[] {
  const about = text(draft, 'involvedObject', 'namespace');
  const isHere = about !== '' || ['default', 'kube-system'].includes(draft.metadata.namespace ?? '');
  const missing = (path: string, name: string): readonly FieldError[] =>
    text(draft, name) === '' ? [required(path)] : [];
  return [
    ...(isHere ? [] : [invalidValue('involvedObject.namespace', about, 'does not match event.namespace')]),
    ...missing(controller, 'reportingComponent'),
    ...missing('reportingInstance', 'reportingInstance'),
    ...missing('action', 'action'),
    ...missing('reason', 'reason'),
  ];
}

function newEventErrors(draft: DraftObject): readonly FieldError[] {
  const type = text(draft, 'type');
  return [
    ...(field(draft, 'eventTime') ? [] : [required('eventTime')]),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalidValue('type', '', `has invalid value: ${type}`)]),
  ];
}
