// Replays answers of a real API server; tools/src/record-patches.ts records them into testdata/*.jsonl.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  canonicalQuantity,
  compareQuantities,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  parseQuantity,
  QuantityError,
} from './index.js';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMerge,
  createMergePatch,
  createStrategicMerge,
  isJsonObject,
  type JsonObject,
  PatchError,
  typeOfKind,
} from './internal.js';

function recorded<T>(name: string): readonly T[] {
  const text = readFileSync(new URL(`testdata/${name}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

interface PatchRecord {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: 'strategic-merge-patch' | 'merge-patch' | 'json-patch';
  readonly before: JsonObject;
  readonly patch: unknown;
  readonly after?: JsonObject;
  readonly code?: number;
}

function typeOf({ apiVersion, kind }: PatchRecord): string {
  const type = typeOfKind(apiVersion, kind);
  if (type === undefined) throw new Error(`${apiVersion} ${kind} has no type`);
  return type;
}

/** What our appliers make of a recorded patch: the object, or the code of the refusal. */
function replay(record: PatchRecord): unknown {
  try {
    if (record.type === 'json-patch') return applyJsonPatch(record.before, record.patch);
    if (record.type === 'merge-patch') return applyMergePatch(record.before, record.patch);
    return applyStrategicMerge(record.before, record.patch, typeOf(record));
  } catch (error) {
    if (error instanceof PatchError) return error.code;
    throw error;
  }
}

/** The server stores typed objects: what is null or empty is gone, whether a list, an object or both inside others. */
function stored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stored);
  if (!isJsonObject(value)) return value;
  const fields = Object.entries(value).map(([key, inner]) => [key, stored(inner)] as const);
  return Object.fromEntries(fields.filter(([, inner]) => !isNothing(inner)));
}

function isNothing(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

describe('patches a real API server was sent', () => {
  const records = recorded<PatchRecord>('patches');
  // A JSON patch can double an element of a set, which no other patch can.
  const creatable = records.filter(({ after, type }) => after !== undefined && type !== 'json-patch');

  it.each(records.map((record, index) => [`${index + 1}: ${record.kind}, ${record.type}`, record] as const))(
    '%s',
    (_name, record) => {
      expect(stored(replay(record))).toEqual(stored(record.after ?? record.code));
    },
  );

  it.each(creatable.map((record, index) => [`${index + 1}: ${record.kind}`, record] as const))(
    'can be created from what became of them, %s',
    (_name, record) => {
      const { before, after = {} } = record;
      const strategic = createStrategicMerge(before, after, { type: typeOf(record) });
      expect(stored(applyStrategicMerge(before, strategic, typeOf(record)))).toEqual(stored(after));
      expect(stored(applyMergePatch(before, createMergePatch(before, after)))).toEqual(stored(after));
    },
  );
});

describe('quantities a real API server was sent', () => {
  const records = recorded<{ readonly text: string; readonly answer?: string; readonly code?: number }>('quantities');

  it.each(records.filter(({ answer }) => answer !== undefined).map(({ text, answer = '' }) => [text, answer] as const))(
    '%j is %j',
    (text, answer) => {
      expect(compareQuantities(parseQuantity(text), parseQuantity(answer))).toBe(0);
      // The server may leave a text as it is where it is nearly canonical, such as +5 or 1.500.
      expect([text, canonicalQuantity(text)]).toContain(answer);
    },
  );

  it.each(records.filter(({ code }) => code !== undefined).map(({ text }) => [text]))('%j is refused', (text) => {
    expect(() => parseQuantity(text)).toThrow(QuantityError);
  });
});

interface SelectorRecord {
  readonly objects?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly selector?: string;
  readonly names?: readonly string[];
  readonly code?: number;
}

function selectorCases(name: string): readonly (readonly [string, SelectorRecord])[] {
  return recorded<SelectorRecord>(name).flatMap((record) =>
    record.selector === undefined ? [] : [[record.selector, record] as const],
  );
}

function selected(name: string, matches: (values: Readonly<Record<string, string>>) => boolean): readonly string[] {
  const objects = recorded<SelectorRecord>(name)[0]?.objects ?? {};
  return Object.keys(objects)
    .filter((object) => matches(objects[object] ?? {}))
    .toSorted();
}

describe('label selectors a real API server was sent', () => {
  it.each(selectorCases('label-selectors'))('%j', (selector, { names, code }) => {
    const select = (): readonly string[] => {
      const requirements = parseLabelSelector(selector);
      return selected('label-selectors', (labels) => matchesLabels(requirements, labels));
    };
    const outcome = code === undefined ? select() : undefined;
    expect(outcome).toEqual(names);
    expect(code === undefined || throws(select)).toBe(true);
  });
});

describe('field selectors a real API server was sent', () => {
  it.each(selectorCases('field-selectors'))('%j', (selector, { names, code }) => {
    const select = (): readonly string[] => {
      const terms = parseFieldSelector(selector);
      return selected('field-selectors', (fields) => matchesFields(terms, (field) => fields[field] ?? ''));
    };
    const outcome = code === undefined ? select() : undefined;
    expect(outcome).toEqual(names);
    expect(code === undefined || throws(select)).toBe(true);
  });
});

function throws(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}
