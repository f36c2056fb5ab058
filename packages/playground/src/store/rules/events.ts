/** Events. They are kept as core/v1 has them. */
import { text } from '../json.js';
import type { StoredObject } from '../object.js';
import type { KindRules } from './kind-rules.js';

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const;

/** What events do differently. */
export const eventRules: KindRules = {
  createsOnUpdate: true,
  fields: new Map<string, (event: StoredObject) => string>([
    ...involved.map((name) => involvedField(name)),
    ['reason', (event) => text(event, 'reason')],
    ['reportingComponent', (event) => text(event, 'reportingComponent')],
    ['source', (event) => text(event, 'source', 'component') || text(event, 'reportingComponent')],
    ['type', (event) => text(event, 'type')],
  ]),
};

function involvedField(name: string): readonly [string, (event: StoredObject) => string] {
  return [`involvedObject.${name}`, (event) => text(event, 'involvedObject', name)];
}
