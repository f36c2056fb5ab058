import { readFile } from 'node:fs/promises';
import { errorsOf, messageOf } from '@virtual-kubelet/base';
import { parse as parseToml } from 'smol-toml';
import type { Document, Node as YamlNode } from 'yaml';
import { LineCounter, isCollection, isMap, isScalar, parseDocument } from 'yaml';
import { errors } from '../errors.js';
import type { Option } from './option.js';
import { valueProblem } from './settings.js';

const fail = errorsOf(errors);

/** A document with the places of its values. */
export interface PlacedDocument {
  readonly path: string;
  readonly value: unknown;
  /** `file:line:column` of the value at a path, or of the nearest parent that exists. */
  place(path: readonly PropertyKey[]): string;
}

/** What the system says about a file that cannot be read, in words. */
const fileProblems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return fileProblems[code] ?? messageOf(error);
}

/** Reads a file. @throws CodedError `VK_CONFIG_READ` */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fail('VK_CONFIG_READ', { path, problem: fileProblem(error) });
  }
}

function nodeAt(document: Document, path: readonly PropertyKey[]): YamlNode | undefined {
  let at: unknown = document.contents;
  for (const key of path) {
    if (!isCollection(at)) break;
    const next: unknown = isMap(at)
      ? (at.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))?.key ?? undefined)
      : at.get(key, true);
    const value: unknown = at.get(key, true);
    if (next === undefined && value === undefined) break;
    at = value ?? next;
  }
  return at instanceof Object && 'range' in at ? (at as YamlNode) : undefined;
}

/** Parses YAML or JSON and keeps the positions. @throws CodedError `VK_CONFIG_SYNTAX` */
export function parsePlaced(path: string, text: string): PlacedDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const broken = document.errors[0];
  if (broken) throw fail('VK_CONFIG_SYNTAX', { at: place(broken.pos[0]), problem: broken.message });
  return {
    path,
    value: document.toJS() as unknown,
    place: (at) => place(nodeAt(document, at)?.range?.[0] ?? 0),
  };
}

/** Parses a provider's configuration: TOML by its file name, otherwise YAML or JSON. */
export function parseProviderConfig(path: string, text: string): PlacedDocument {
  if (!path.endsWith('.toml')) return parsePlaced(path, text);
  try {
    return { path, value: parseToml(text), place: () => path };
  } catch (error) {
    throw fail('VK_CONFIG_SYNTAX', { at: path, problem: messageOf(error) }, error);
  }
}

/** One node's settings from the configuration file, by flag name. */
export type FileSettings = Readonly<Record<string, string | undefined>>;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text a flag would have for a value of the file; undefined when the value has no such text. */
function textOf(value: unknown, { type, form }: Option): string | undefined {
  if (type === 'list' && Array.isArray(value))
    return value.every((item) => typeof item !== 'object') ? value.join(',') : undefined;
  if (form === 'label' && isRecord(value)) {
    const pairs = Object.entries(value);
    return pairs.every(([, item]) => typeof item !== 'object')
      ? pairs.map(([key, item]) => `${key}=${String(item)}`).join(',')
      : undefined;
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** An entry without a value is one that is not there. */
function unreadable(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : 'expected one value, not a list or a group of settings';
}

/** Reads one level of entries; what is unknown or cannot be used is collected with its place. */
function readEntries(
  document: PlacedDocument,
  options: readonly Option[],
  at: readonly PropertyKey[],
): { settings: FileSettings; problems: readonly string[] } {
  const settings: Record<string, string | undefined> = {};
  const problems: string[] = [];
  const byPath = new Map(
    options.flatMap((option) => (option.config === undefined ? [] : ([[option.config, option]] as const))),
  );
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    const name = path.slice(at.length).join('.');
    const option = byPath.get(name);
    if (option) {
      const text = textOf(value, option);
      settings[option.flag] = text;
      const wrong = text === undefined ? unreadable(value) : valueProblem(option, text);
      if (wrong !== undefined) problems.push(`${document.place(path)} ${name}: ${wrong}`);
      return;
    }
    const isParent = name === '' || [...byPath.keys()].some((known) => known.startsWith(`${name}.`));
    if (!isParent || !isRecord(value))
      return void problems.push(
        `${document.place(path)} ${name || 'document'}: ${isParent ? 'expected a group of settings' : 'there is no such setting'}`,
      );
    for (const [key, inner] of Object.entries(value))
      if (!(path.length === 0 && key === 'nodes')) visit(inner, [...path, key]);
  };
  visit(valueAt(document.value, at), at);
  return { settings, problems };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at instanceof Object ? Reflect.get(at, key) : undefined), value ?? {});
}

/**
 * Reads the configuration file: settings for all nodes at the top, and under `nodes` a list of nodes with their own.
 * A file without `nodes` describes one node.
 * @throws CodedError `VK_CONFIG_INVALID` with every problem at its place
 */
export function readConfig(document: PlacedDocument, options: readonly Option[]): readonly FileSettings[] {
  const shared = readEntries(document, options, []);
  const nodes = valueAt(document.value, ['nodes']);
  const problems = [...shared.problems];
  if (nodes !== undefined && (!Array.isArray(nodes) || nodes.length === 0))
    problems.push(`${document.place(['nodes'])} nodes: expected a list of nodes`);
  const own = Array.isArray(nodes) ? nodes.map((_, i) => readEntries(document, options, ['nodes', i])) : [];
  problems.push(...own.flatMap((node) => node.problems));
  if (problems.length > 0) throw fail('VK_CONFIG_INVALID', { problems: problems.join('\n') });
  return own.length === 0 ? [shared.settings] : own.map((node) => ({ ...shared.settings, ...node.settings }));
}
