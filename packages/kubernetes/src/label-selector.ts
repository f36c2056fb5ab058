/**
 * Label selectors, as text (`app=web,tier in (a, b),!canary`) and as the LabelSelector of the API. Both become
 * a list of requirements that must all hold. The grammar is that of k8s.io/apimachinery:pkg/labels.
 */
import type { LabelSelector } from './generated/types.js';
import { isLabelValue, isQualifiedName } from './names.js';
import { SelectorError } from './selector-error.js';

/** How a requirement relates a label to its values. */
export type LabelOperator = '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<';

/** One condition on one label. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, without duplicates. Empty for `exists` and `!`, one for the comparisons. */
  readonly values: readonly string[];
}

/** Conditions that must all hold, ordered by key; none of them selects everything. */
export type LabelRequirements = readonly LabelRequirement[];

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

interface Token {
  readonly is: 'word' | 'symbol' | 'end';
  readonly text: string;
}

interface Reader {
  readonly selector: string;
  readonly tokens: readonly Token[];
  at: number;
}

const end: Token = { is: 'end', text: '' };
const comparisons: ReadonlySet<string> = new Set(['=', '==', '!=', '>', '<']);

/** Reads a selector. The empty text selects everything. Throws {@link SelectorError}. */
export function parseLabelSelector(selector: string): LabelRequirements {
  const reader: Reader = { selector, tokens: tokenize(selector), at: 0 };
  const requirements: LabelRequirement[] = [];
  if (peek(reader).is === 'end') return [];
  for (;;) {
    requirements.push(readRequirement(reader));
    const next = take(reader);
    if (next.is === 'end') return ordered(requirements);
    if (next.text !== ',') fail(reader, next, 'a comma');
  }
}

function tokenize(selector: string): Token[] {
  const tokens: Token[] = [];
  for (const [text] of selector.matchAll(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g))
    tokens.push({ is: /^[=!(),<>]/.test(text) ? 'symbol' : 'word', text });
  return tokens;
}

function peek(reader: Reader): Token {
  return reader.tokens[reader.at] ?? end;
}

function take(reader: Reader): Token {
  return reader.tokens[reader.at++] ?? end;
}

function fail(reader: Reader, found: Token, wanted: string): never {
  const what = found.is === 'end' ? 'its end' : JSON.stringify(found.text);
  throw new SelectorError(reader.selector, `${wanted} was expected before ${what}`);
}

function readRequirement(reader: Reader): LabelRequirement {
  const isNegated = peek(reader).text === '!';
  if (isNegated) take(reader);
  const key = take(reader);
  if (key.is !== 'word') fail(reader, key, 'a label key');
  const next = peek(reader);
  if (next.is === 'end' || next.text === ',')
    return checked(reader.selector, {
      key: key.text,
      operator: isNegated ? '!' : 'exists',
      values: [],
    });
  if (isNegated) fail(reader, next, 'a comma');
  const operator = take(reader);
  const values = isSetOperator(operator) ? readSet(reader) : readComparison(reader, operator);
  return checked(reader.selector, {
    key: key.text,
    operator: operator.text as LabelOperator,
    values,
  });
}

function isSetOperator(token: Token): boolean {
  return token.text === 'in' || token.text === 'notin';
}

function readComparison(reader: Reader, operator: Token): readonly string[] {
  if (!comparisons.has(operator.text)) fail(reader, operator, 'one of = == != > < in notin');
  const next = peek(reader);
  if (next.is === 'end' || next.text === ',') return [''];
  const value = take(reader);
  if (value.is !== 'word') fail(reader, value, 'a label value');
  return [value.text];
}

/** `(a, b)`; a missing value, as in `()` or `(a,)`, is the empty one. */
function readSet(reader: Reader): readonly string[] {
  const open = take(reader);
  if (open.text !== '(') fail(reader, open, 'an opening parenthesis');
  const values: string[] = [];
  for (;;) {
    values.push(peek(reader).is === 'word' ? take(reader).text : '');
    const next = take(reader);
    if (next.text === ')') return values;
    if (next.text !== ',') fail(reader, next, 'a comma or closing parenthesis');
  }
}

/** Refuses what no label can be, as the API server does. */
function checked(selector: string, requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  if (!isQualifiedName(key)) throw new SelectorError(selector, `${quote(key)} is not a label key`);
  const bad = values.find((value) => !isLabelValue(value));
  if (bad !== undefined) throw new SelectorError(selector, `${quote(bad)} is not a label value`);
  const isNumeric = operator === '>' || operator === '<';
  if (isNumeric && toInteger(values[0]) === undefined)
    throw new SelectorError(selector, `${operator} compares with whole numbers only`);
  return { key, operator, values: [...new Set(values)].toSorted() };
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function ordered(requirements: readonly LabelRequirement[]): LabelRequirements {
  return requirements.toSorted((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
}

/** A signed 64-bit number as labels carry it. */
function toInteger(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

const apiOperators: ReadonlyMap<string, LabelOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

/**
 * The requirements of a LabelSelector of the API. An empty selector has none and so selects everything; a
 * missing one selects nothing, which is undefined here. Throws {@link SelectorError}.
 */
export function requirementsOf(selector: LabelSelector | undefined): LabelRequirements | undefined {
  if (selector === undefined) return undefined;
  const text = 'labelSelector';
  const equal = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    checked(text, { key, operator: '=', values: [value] }),
  );
  const other = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    const known = apiOperators.get(operator);
    const takesValues = known === 'in' || known === 'notin';
    if (known === undefined || takesValues !== values.length > 0)
      throw new SelectorError(text, `operator ${operator} with ${values.length} values`);
    return checked(text, { key, operator: known, values });
  });
  return ordered([...equal, ...other]);
}

/** Writes requirements as text that reads back as the same. */
export function formatLabelSelector(requirements: LabelRequirements): string {
  return requirements.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  const list = values.join(',');
  return comparisons.has(operator) ? key + operator + list : `${key} ${operator} (${list})`;
}

/** Whether labels meet every requirement. `undefined`, a missing selector, matches nothing. */
export function matchesLabels(requirements: LabelRequirements | undefined, labels: Labels | undefined): boolean {
  if (requirements === undefined) return false;
  return requirements.every((one) => meets(one, labels ?? {}));
}

function meets({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '>':
    case '<':
      return comparesTo(toInteger(value), operator, toInteger(values[0]));
  }
}

function comparesTo(a: bigint | undefined, operator: '>' | '<', b: bigint | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return operator === '>' ? a > b : a < b;
}
