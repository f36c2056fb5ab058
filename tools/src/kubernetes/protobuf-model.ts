/** Reads the protocol buffer definitions of the Kubernetes API and reduces them to facts: names, numbers, types. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupVersions } from './model.js';
import type { Definitions } from './object-types.js';

/** One field of a message. */
export interface MessageField {
  readonly number: number;
  readonly name: string;
  readonly shape: 'one' | 'list' | 'map';
  /** A scalar of the API or the name of a message, as `core.v1.PodSpec`. */
  readonly type: string;
  /** JSON has the fields of this message beside the others, not below it. */
  readonly isInline: boolean;
}

/** Messages by name, as `core.v1.Pod`. */
export type Messages = ReadonlyMap<string, readonly MessageField[]>;

/** The messages that bodies of requests are made of, and the message behind each kind. */
export interface ProtobufModel {
  readonly messages: Messages;
  /** By apiVersion and kind, as `apps/v1 Deployment`. */
  readonly kinds: ReadonlyMap<string, string>;
}

/** Where the modules are. */
export interface ModuleDirectories {
  /** Of k8s.io/api. */
  readonly api: string;
  /** Of k8s.io/apimachinery. */
  readonly machinery: string;
  /** Of k8s.io/apiextensions-apiserver. */
  readonly extensions: string;
}

/** Messages that JSON has in a form of its own, by the word of the table. */
const special: ReadonlyMap<string, string> = new Map([
  ['meta.v1.Time', 'time'],
  ['meta.v1.MicroTime', 'microTime'],
  ['meta.v1.Duration', 'duration'],
  ['meta.v1.FieldsV1', 'raw'],
  ['pkg.runtime.RawExtension', 'raw'],
  ['api.resource.Quantity', 'quantity'],
  ['util.intstr.IntOrString', 'intOrString'],
  ['apiextensions.v1.JSON', 'raw'],
]);

const scalars: ReadonlyMap<string, string> = new Map([
  ['string', 'string'],
  ['bool', 'boolean'],
  ['int32', 'int'],
  ['int64', 'int'],
  ['double', 'double'],
  ['bytes', 'bytes'],
]);

/** Reads what the served kinds need. */
export function readProtobuf(modules: ModuleDirectories, definitions: Definitions): ProtobufModel {
  const all = new Map(protoFiles(modules).flatMap((file) => [...readMessages(file, definitions)]));
  const kinds = readKinds(all, definitions);
  return { messages: reachable(all, new Set(kinds.values())), kinds };
}

function protoFiles({ api, machinery, extensions }: ModuleDirectories): readonly string[] {
  const own = readdirSync(api, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('/generated.proto'),
  );
  return [
    ...own.toSorted().map((path) => join(api, path)),
    join(machinery, 'pkg/apis/meta/v1/generated.proto'),
    join(extensions, 'pkg/apis/apiextensions/v1/generated.proto'),
  ];
}

function readMessages(file: string, definitions: Definitions): Messages {
  const text = readFileSync(file, 'utf8').replaceAll(/\/\/.*$/gm, '');
  const home = shortName(/^package (.*);/m.exec(text)?.[1] ?? '');
  const found = new Map<string, readonly MessageField[]>();
  for (const [, name = '', body = ''] of text.matchAll(/^message (\w+) \{([^}]*)\}/gm))
    found.set(`${home}.${name}`, readFields(body, { home, properties: propertiesOf(`${home}.${name}`, definitions) }));
  return found;
}

interface Home {
  readonly home: string;
  /** Names that JSON has; undefined where JSON does not know the message. */
  readonly properties: ReadonlySet<string> | undefined;
}

function readFields(body: string, { home, properties }: Home): readonly MessageField[] {
  const pattern = /(optional|repeated|map)\s*(<\s*string\s*,\s*[\w.]+\s*>|[\w.]+)\s+(\w+)\s*=\s*(\d+)/g;
  return [...body.matchAll(pattern)].map(([, label = '', words = '', written = '', number = '0']) => {
    const name = jsonName(written, properties);
    const bare = label === 'map' ? (/,\s*([\w.]+)/.exec(words)?.[1] ?? '') : words;
    const type = scalars.get(bare) ?? wordOf(bare, home);
    const isInline = properties !== undefined && !properties.has(name) && type.includes('.');
    const shape = label === 'map' ? 'map' : label === 'repeated' ? 'list' : 'one';
    return { number: Number(number), name, shape, type, isInline };
  });
}

/** Names that no identifier can be: `$ref` is written `ref`, `x-kubernetes-map-type` as `xKubernetesMapType`. */
function jsonName(name: string, properties: ReadonlySet<string> | undefined): string {
  const dashed = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return [name, `$${name}`, dashed].find((each) => properties?.has(each) === true) ?? name;
}

function wordOf(reference: string, home: string): string {
  const name = reference.startsWith('.') ? shortName(reference.slice(1)) : `${home}.${reference}`;
  return special.get(name) ?? name;
}

/** `k8s.io.apimachinery.pkg.apis.meta.v1.Time` is `meta.v1.Time`; the last two parts of a package are kept. */
function shortName(name: string): string {
  const parts = name.split('.');
  const isMessage = /^[A-Z]/.test(parts.at(-1) ?? '');
  return parts.slice(isMessage ? -3 : -2).join('.');
}

function propertiesOf(name: string, definitions: Definitions): ReadonlySet<string> | undefined {
  const id = idOf(name, definitions);
  const properties = id === undefined ? undefined : definitions[id]?.properties;
  return properties === undefined ? undefined : new Set(Object.keys(properties));
}

function idOf(name: string, definitions: Definitions): string | undefined {
  const homes = ['api', 'apimachinery.pkg.apis', 'apiextensions-apiserver.pkg.apis'];
  return homes.map((home) => `io.k8s.${home}.${name}`).find((each) => each in definitions);
}

function readKinds(messages: Messages, definitions: Definitions): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  for (const name of messages.keys()) {
    const id = idOf(name, definitions);
    if (id === undefined || /List$|^meta\.v1\.(Status|WatchEvent)$/.test(name)) continue;
    for (const { group, version, kind } of definitions[id]?.['x-kubernetes-group-version-kind'] ?? []) {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      if (groupVersions.includes(apiVersion)) kinds.set(`${apiVersion} ${kind}`, name);
    }
  }
  return kinds;
}

function reachable(all: Messages, roots: ReadonlySet<string>): Messages {
  const found = new Map<string, readonly MessageField[]>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const fields = all.get(name);
    if (fields === undefined || found.has(name)) continue;
    found.set(name, fields);
    queue.push(...fields.map((field) => field.type));
  }
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes the model as TypeScript. */
export function renderProtobuf({ messages, kinds }: ProtobufModel): string {
  const marks = { one: '', list: '[]', map: '{}' } as const;
  const field = ({ number, name, shape, type, isInline }: MessageField): string =>
    `${number}: '${isInline ? '' : name} ${marks[shape]}${type}'`;
  return [
    '/**',
    ' * By message and number: name and type of the field. `[]` is a list, `{}` a map; a field without a name has its',
    ' * fields beside the others.',
    ' */',
    'export const messageFields: Readonly<Record<string, Readonly<Record<number, string>>>> = {',
    ...[...messages].map(([name, fields]) => `  '${name}': { ${fields.map(field).join(', ')} },`),
    '};\n',
    '/** By apiVersion and kind: the message. */',
    'export const kindMessages: Readonly<Record<string, string>> = {',
    ...[...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, name]) => `  '${kind}': '${name}',`),
    '};\n',
  ].join('\n');
}
