/**
 * Simple JSON paths, as columns of tables use them: `.spec.size`, `.metadata.labels['a/b']`, `.spec.list[0]`,
 * `.status.conditions[?(@.type=="Ready")].status`. Ranges, unions and `..` are not among them.
 */
import { field, isJson } from '../json.js';

/** One step of a path. */
type Step =
  | { readonly is: 'field'; readonly name: string }
  | { readonly is: 'index'; readonly index: number }
  | { readonly is: 'all' }
  | { readonly is: 'filter'; readonly path: readonly Step[]; readonly compare?: Comparison };

interface Comparison {
  readonly operator: string;
  readonly value: unknown;
}

/** A path that was read. */
export type JsonPath = readonly Step[];

/** Reads a path; undefined where it is none of the simple ones. */
export function parseJsonPath(text: string): JsonPath | undefined {
  const steps: Step[] = [];
  let rest = text.startsWith('$') ? text.slice(1) : text;
  while (rest !== '') {
    const found = nextStep(rest);
    if (found === undefined) return undefined;
    steps.push(found.step);
    rest = rest.slice(found.length);
  }
  return steps.length === 0 ? undefined : steps;
}

interface Found {
  readonly step: Step;
  readonly length: number;
}

const patterns: readonly (readonly [RegExp, (parts: RegExpExecArray) => Step | undefined])[] = [
  [/^(?:\.\*|\[\*\])/, () => ({ is: 'all' })],
  [/^\.((?:\\.|[^.[\]\\'"()\s])+)/, ([, name = '']) => ({ is: 'field', name: name.replaceAll(/\\(.)/g, '$1') })],
  [/^\[(?:'((?:\\.|[^'\\])+)'|"((?:\\.|[^"\\])+)")\]/, ([, one, other]) => quotedField(one ?? other ?? '')],
  [/^\[(-?\d+)\]/, ([, index = '0']) => ({ is: 'index', index: Number(index) })],
  [/^\[\?\(@((?:[^()"']|"[^"]*"|'[^']*')+)\)\]/, ([, inner = '']) => filterStep(inner)],
];

function nextStep(text: string): Found | undefined {
  for (const [pattern, make] of patterns) {
    const parts = pattern.exec(text);
    const step = parts === null ? undefined : make(parts);
    if (parts !== null && step !== undefined) return { step, length: parts[0].length };
  }
  return undefined;
}

function quotedField(text: string): Step {
  return { is: 'field', name: text.replaceAll(/\\(.)/g, '$1') };
}

function filterStep(inner: string): Step | undefined {
  const [, left = '', operator, right = ''] = /^(.*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.*))?$/s.exec(inner) ?? [];
  const path = parseJsonPath(left.trim());
  if (path === undefined) return undefined;
  if (operator === undefined) return { is: 'filter', path };
  const value = literal(right.trim());
  return value === undefined ? undefined : { is: 'filter', path, compare: { operator, value } };
}

function literal(text: string): unknown {
  const quoted = /^(?:"(.*)"|'(.*)')$/s.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** The values at the end of a path. */
export function valuesAt(value: unknown, path: JsonPath): readonly unknown[] {
  return path.reduce<readonly unknown[]>((all, step) => all.flatMap((one) => stepInto(one, step)), [value]);
}

function stepInto(value: unknown, step: Step): readonly unknown[] {
  switch (step.is) {
    case 'field': {
      const found = field(value, step.name);
      return found === undefined ? [] : [found];
    }
    case 'index': {
      const found: unknown = Array.isArray(value) ? value.at(step.index) : undefined;
      return found === undefined ? [] : [found];
    }
    case 'all':
      return elementsOf(value);
    case 'filter':
      return elementsOf(value).filter((one) => passes(one, step));
  }
}

function elementsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isJson(value) ? Object.values(value) : [];
}

function passes(value: unknown, { path, compare }: Step & { readonly is: 'filter' }): boolean {
  const found = valuesAt(value, path);
  if (compare === undefined) return found.length > 0;
  return found.length > 0 && compared(found[0], compare);
}

function compared(left: unknown, { operator, value }: Comparison): boolean {
  if (operator === '==') return left === value;
  if (operator === '!=') return left !== value;
  if (typeof left !== typeof value) return false;
  const [one, other] = [left as number | string, value as number | string];
  return operator === '<'
    ? one < other
    : operator === '<='
      ? one <= other
      : operator === '>'
        ? one > other
        : one >= other;
}

/** A path of fields alone, as `.spec.replicas`, by its names; what else it may hold is not looked at. */
export function simplePath(text: string): readonly string[] {
  return (parseJsonPath(text) ?? []).flatMap((step) => (step.is === 'field' ? [step.name] : []));
}

/** Whether a path is one of fields alone. */
export function isSimplePath(text: string): boolean {
  return parseJsonPath(text)?.every((step) => step.is === 'field') === true;
}
