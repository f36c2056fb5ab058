/** The columns of events, in both forms that the API has of them. */
import type { Json } from '../json.js';
import { at, json, number, text } from '../json.js';
import type { Column } from './column.js';
import { ago, column, wide } from './column.js';

/** Columns of events; they name the event last. */
export const eventColumns: readonly Column[] = [
  column('Last Seen', (event, now) => ago(lastSeen(event), now)),
  column('Type', (event) => text(event, 'type')),
  column('Reason', (event) => text(event, 'reason')),
  column('Object', objectWords),
  wide('Subobject', (event) => text(subject(event), 'fieldPath')),
  wide('Source', source),
  column('Message', (event) => (text(event, 'message') || text(event, 'note')).trim()),
  wide('First Seen', (event, now) => ago(firstSeen(event), now)),
  wide('Count', count),
  wide('Name', (event) => text(event, 'metadata', 'name')),
];

function subject(event: Json): Json {
  return { ...json(event, 'involvedObject'), ...json(event, 'regarding') };
}

function objectWords(event: Json): string {
  const [kind, name] = [text(subject(event), 'kind').toLowerCase(), text(subject(event), 'name')];
  return name === '' ? kind : `${kind}/${name}`;
}

function source(event: Json): string {
  const old = { ...json(event, 'source'), ...json(event, 'deprecatedSource') };
  const component = text(old, 'component') || text(event, 'reportingComponent') || text(event, 'reportingController');
  const host = text(old, 'host') || text(event, 'reportingInstance');
  return host === '' ? component : `${component}, ${host}`;
}

function first(...values: readonly unknown[]): unknown {
  return values.find((value) => typeof value === 'string' && value !== '');
}

function firstSeen(event: Json): unknown {
  return first(event.firstTimestamp, event.deprecatedFirstTimestamp, event.eventTime);
}

function lastSeen(event: Json): unknown {
  const series = at(event, 'series', 'lastObservedTime');
  return first(series, event.lastTimestamp, event.deprecatedLastTimestamp, firstSeen(event));
}

function count(event: Json): number {
  return number(event, 'series', 'count') ?? number(event, 'count') ?? number(event, 'deprecatedCount') ?? 1;
}
