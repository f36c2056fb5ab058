/** Options of requests, from the query and from the body of a DELETE. */
import type { FieldTerms, LabelRequirements } from '@virtual-kubelet/kubernetes';
import { parseFieldSelector, parseLabelSelector, SelectorError } from '@virtual-kubelet/kubernetes';
import type { FieldError } from './field-error.js';
import { forbiddenField, invalidValue, unsupportedValue } from './field-error.js';
import { at, field, number, text } from './json.js';
import { badRequest, invalid } from './refusal.js';
import type { Query } from './request.js';
import { isTrue } from './request.js';
import type { ServedResource } from './resource.js';

/** Which objects a list, watch or deletecollection is about. */
export interface Selectors {
  readonly labels: LabelRequirements;
  readonly fields: FieldTerms;
}

/** Options of a list or watch. */
export interface ListOptions extends Selectors {
  /** 0 for no limit. */
  readonly limit: number;
  readonly continue: string;
  /** Undefined where none was given; 0 for "any". */
  readonly version?: number;
  readonly match?: 'Exact' | 'NotOlderThan';
  readonly sendInitialEvents?: boolean;
  readonly allowBookmarks: boolean;
  /** Seconds; undefined where none was given. */
  readonly timeout?: number;
}

const optionsOf = (group: string, kind: string) => ({ group, kind, name: kind });

/** Reads and checks the options of a list. Throws a Refusal. */
export function listOptions(query: Query, resource: ServedResource): ListOptions {
  const options = readListOptions(query, resource);
  refuse('ListOptions', listErrors(options));
  return options;
}

/** As {@link listOptions}, for a watch. */
export function watchOptions(query: Query, resource: ServedResource): ListOptions {
  const options = readListOptions(query, resource);
  refuse('ListOptions', watchErrors(options));
  return options;
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(optionsOf('meta.k8s.io', kind), '', errors);
}

function readListOptions(query: Query, resource: ServedResource): ListOptions {
  const version = versionOf(query.get('resourceVersion'));
  const match = matchOf(query.get('resourceVersionMatch'));
  const sends = query.get('sendInitialEvents');
  const timeout = integer(query.get('timeoutSeconds'), 'timeoutSeconds');
  return {
    ...selectorsOf(query, resource),
    limit: integer(query.get('limit'), 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    ...(version === undefined ? {} : { version }),
    ...(match === undefined ? {} : { match }),
    ...(sends === null ? {} : { sendInitialEvents: isTrue(sends) }),
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
    ...(timeout === undefined || timeout === 0 ? {} : { timeout }),
  };
}

/** Reads label and field selectors; a field the resource does not know is refused. */
export function selectorsOf(query: Query, resource: ServedResource): Selectors {
  try {
    const labels = parseLabelSelector(query.get('labelSelector') ?? '');
    const fields = parseFieldSelector(query.get('fieldSelector') ?? '');
    for (const term of fields) checkField(resource, term.field);
    return { labels, fields };
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function checkField(resource: ServedResource, name: string): void {
  const isCommon = name === 'metadata.name' || (name === 'metadata.namespace' && resource.namespaced);
  if (isCommon || resource.rules.fields?.has(name) === true) return;
  throw badRequest(`field label not supported: ${name}`);
}

function versionOf(value: string | null): number | undefined {
  if (value === null || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const why = `Invalid value: ${JSON.stringify(value)}: strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`;
  throw badRequest(`invalid resource version: resourceVersion: ${why}`);
}

function matchOf(value: string | null): 'Exact' | 'NotOlderThan' | undefined {
  if (value === null || value === '') return undefined;
  if (value === 'Exact' || value === 'NotOlderThan') return value;
  const error = unsupportedValue('resourceVersionMatch', value, ['Exact', 'NotOlderThan', '']);
  throw invalid(optionsOf('meta.k8s.io', 'ListOptions'), '', [error]);
}

function integer(value: string | null, name: string): number | undefined {
  if (value === null || value === '') return undefined;
  if (/^-?\d+$/.test(value)) return Number(value);
  throw badRequest(`${name}: ${JSON.stringify(value)} is not a whole number`);
}

/** The rules of k8s.io/apimachinery:pkg/apis/meta/internalversion/validation. */
function listErrors(options: ListOptions): readonly FieldError[] {
  const { match, version, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  const forbid = (name: string, why: string): void => void errors.push(forbiddenField(name, why));
  if (sendInitialEvents !== undefined) forbid('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  if (match === undefined) return errors;
  if (options.continue !== '')
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden when continue is provided');
  if (version === undefined)
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && version === 0)
    forbid('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"');
  return errors;
}

function watchErrors(options: ListOptions): readonly FieldError[] {
  const { match, sendInitialEvents } = options;
  const errors: FieldError[] = [];
  const forbid = (name: string, why: string): void => void errors.push(forbiddenField(name, why));
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    forbid('resourceVersionMatch', 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (sendInitialEvents !== undefined && match === 'Exact')
    errors.push(unsupportedValue('resourceVersionMatch', match, ['NotOlderThan']));
  if (sendInitialEvents === undefined && match !== undefined)
    forbid('resourceVersionMatch', 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  return errors;
}

/** Options of a create, update or patch. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly force: boolean;
}

/** Reads and checks the options of a write. Throws a Refusal. */
export function writeOptions(query: Query, kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'): WriteOptions {
  const validation = query.get('fieldValidation') ?? '';
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(validation))
    refuse(kind, [unsupportedValue('fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn'])]);
  return {
    dryRun: dryRunOf(query.getAll('dryRun'), kind),
    fieldManager: query.get('fieldManager') ?? '',
    fieldValidation: validation === 'Ignore' || validation === 'Strict' ? validation : 'Warn',
    force: isTrue(query.get('force')),
  };
}

function dryRunOf(values: readonly unknown[], kind: string): boolean {
  const given = values.filter((value) => value !== '');
  const bad = given.filter((value) => value !== 'All');
  if (bad.length > 0) refuse(kind, [unsupportedValue('dryRun', given, ['All'])]);
  return given.length > 0;
}

/** Options of a DELETE. */
export interface DeleteOptions {
  /** Undefined where none was given: the kind decides. */
  readonly grace?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Orphan' | 'Background' | 'Foreground';
  readonly dryRun: boolean;
}

/** Reads the options of a DELETE from its body or, where it has none, from the query. Throws a Refusal. */
export function deleteOptions(body: unknown, query: Query): DeleteOptions {
  const grace = number(body, 'gracePeriodSeconds') ?? integer(query.get('gracePeriodSeconds'), 'gracePeriodSeconds');
  const uid = text(body, 'preconditions', 'uid') || (query.get('uid') ?? '');
  const resourceVersion = text(body, 'preconditions', 'resourceVersion');
  const propagation = propagationOf(body, query);
  const dryRun = at(body, 'dryRun') ?? query.getAll('dryRun');
  return {
    ...(grace === undefined ? {} : { grace }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
    ...(propagation === undefined ? {} : { propagation }),
    dryRun: dryRunOf(Array.isArray(dryRun) ? dryRun : [], 'DeleteOptions'),
  };
}

const propagations = ['Foreground', 'Background', 'Orphan'] as const;

function propagationOf(body: unknown, query: Query): DeleteOptions['propagation'] {
  const value = text(body, 'propagationPolicy') || (query.get('propagationPolicy') ?? '');
  const orphan = field(body, 'orphanDependents') ?? query.get('orphanDependents');
  if (value === '') {
    if (orphan === null || orphan === undefined) return undefined;
    return orphan === true || orphan === 'true' ? 'Orphan' : 'Background';
  }
  const known = propagations.find((each) => each === value);
  if (known === undefined)
    refuse('DeleteOptions', [unsupportedValue('propagationPolicy', value, [...propagations, 'nil'])]);
  return known;
}

/** Checks what a DELETE may ask for beside the preconditions. */
export function checkGrace(options: DeleteOptions): void {
  if (options.grace !== undefined && !Number.isInteger(options.grace))
    refuse('DeleteOptions', [invalidValue('gracePeriodSeconds', options.grace, 'must be a whole number')]);
}
