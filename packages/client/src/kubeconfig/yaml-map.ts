import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, ErrorCode, Node, YAMLMap } from 'yaml';
import type { CodedError } from '@virtual-kubelet/base';
import { clientError } from '../errors.js';

/** A mapping in a YAML file that knows where it is. Fields that are absent, null or empty text are undefined, as in Go. */
export interface YamlMap {
  /** `file:line:column` of a field's value, or of the mapping itself. */
  at(field?: string): string;
  text(field: string): string | undefined;
  flag(field: string): boolean | undefined;
  texts(field: string): readonly string[];
  map(field: string): YamlMap | undefined;
  maps(field: string): readonly YamlMap[];
  /** Names of the fields, in order. */
  fields(): readonly string[];
  /** Plain data below a field. */
  data(field: string): unknown;
  /** An error that points at a field. `problem` follows the field's name: "must be ...". Never put a value into it. */
  invalid(field: string, problem: string): CodedError;
}

interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

function position(source: Source, offset: number): string {
  const { line, col } = source.lines.linePos(offset);
  return `${source.file}:${line}:${col}`;
}

/** The parser's own messages quote the source, which may be a secret; its codes do not. */
function problemOf(code: ErrorCode): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

function resolved(source: Source, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(source.document);
  if (isMap(node) || isSeq(node) || isScalar(node)) return node;
  return undefined;
}

function isNothing(node: Node | undefined): boolean {
  return node === undefined || (isScalar(node) && (node.value === null || node.value === ''));
}

/** Most values of one field's data: aliases that contain each other must not make a small file huge. */
const mostValues = 1000;

/** Plain data, or undefined when there is too much of it. */
function plain(source: Source, node: unknown): { readonly value: unknown } | undefined {
  let left = mostValues;
  const convert = (item: unknown): unknown => {
    left -= 1;
    const found = left < 0 ? undefined : resolved(source, item);
    if (isSeq(found)) return found.items.map(convert);
    if (isMap(found)) return Object.fromEntries(found.items.map(({ key, value }) => [keyText(key), convert(value)]));
    return isScalar(found) ? found.value : null;
  };
  const value = convert(node);
  return left < 0 ? undefined : { value };
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

function invalidAt(at: string, field: string, problem: string): CodedError {
  return clientError('VK_KUBECONFIG_INVALID', { at, field, problem });
}

function wrap(source: Source, node: YAMLMap): YamlMap {
  const child = (field: string): Node | undefined => {
    const pair = node.items.find(({ key }) => keyText(key) === field);
    const found = resolved(source, pair?.value);
    return isNothing(found) ? undefined : found;
  };
  const at = (field?: string): string => {
    const start = (field === undefined ? undefined : child(field)) ?? node;
    return position(source, start.range?.[0] ?? 0);
  };
  const invalid = (field: string, problem: string): CodedError => invalidAt(at(field), field, problem);
  const items = (field: string): readonly Node[] => {
    const found = child(field);
    if (found === undefined) return [];
    if (!isSeq(found)) throw invalid(field, 'must be a list');
    return found.items.flatMap((item) => resolved(source, item) ?? []);
  };
  const itemAt = (item: Node): string => position(source, item.range?.[0] ?? 0);

  return {
    at,
    invalid,
    fields: () => node.items.map(({ key }) => keyText(key)),
    data(field) {
      const data = plain(source, child(field));
      if (data === undefined) throw invalid(field, `holds more than ${mostValues} values`);
      return data.value;
    },
    text(field) {
      const found = child(field);
      if (found === undefined) return undefined;
      if (isScalar(found) && typeof found.value === 'string') return found.value;
      throw invalid(field, 'must be text; put it in quotes');
    },
    flag(field) {
      const found = child(field);
      if (found === undefined) return undefined;
      if (isScalar(found) && typeof found.value === 'boolean') return found.value;
      throw invalid(field, 'must be true or false');
    },
    map(field) {
      const found = child(field);
      if (found === undefined) return undefined;
      if (isMap(found)) return wrap(source, found);
      throw invalid(field, 'must be a mapping');
    },
    maps: (field) =>
      items(field).map((item) => {
        if (isMap(item)) return wrap(source, item);
        throw invalidAt(itemAt(item), field, 'must be a list of mappings');
      }),
    texts: (field) =>
      items(field).map((item) => {
        if (isScalar(item) && typeof item.value === 'string') return item.value;
        throw invalidAt(itemAt(item), field, 'must be a list of texts; put them in quotes');
      }),
  };
}

/** Reads a YAML or JSON document whose root is a mapping. An empty document is an empty mapping. */
export function parseYamlMap(file: string, text: string): YamlMap {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
    schema: 'core',
  });
  const source: Source = { file, document, lines };
  const [broken] = document.errors;
  if (broken) {
    const at = position(source, broken.pos[0]);
    throw clientError('VK_KUBECONFIG_SYNTAX', { at, problem: problemOf(broken.code) });
  }
  const root: unknown = document.contents;
  if (isMap(root)) return wrap(source, root);
  const node = resolved(source, root);
  if (isNothing(node)) return parseYamlMap(file, '{}');
  throw invalidAt(position(source, node?.range?.[0] ?? 0), 'the document', 'must be a mapping');
}
