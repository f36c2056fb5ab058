/** Writes the model of the Kubernetes API as TypeScript: types, merge table, field tables, resources. */
import type { Field, Model, ObjectType, Scalar, Shape } from './model.js';

const scalarWords: Readonly<Record<Scalar, string>> = {
  string: 'string',
  quantity: 'string',
  time: 'string',
  bytes: 'string',
  int: 'number',
  number: 'number',
  boolean: 'boolean',
  intOrString: 'number | string',
  json: 'Readonly<Record<string, unknown>>',
  any: 'unknown',
};

/** Interfaces for every type of the model. */
export function renderTypes(model: Model): string {
  return [...model.types.values()].map(renderInterface).join('\n');
}

function renderInterface(type: ObjectType): string {
  const fields = type.fields.map((field) => `  readonly ${renderField(type, field)};`);
  const head = `/** ${type.origin}. */\nexport interface ${type.name} {`;
  return `${[head, ...fields].join('\n')}\n}\n`;
}

function renderField(type: ObjectType, field: Field): string {
  const literal = literalOf(type, field.name);
  const mark = field.required ? '' : '?';
  return `${property(field.name)}${mark}: ${literal ?? shapeWords(field.shape)}`;
}

/** `apiVersion` and `kind` are literals where the type is served as exactly one kind. */
function literalOf(type: ObjectType, field: string): string | undefined {
  const [kind, ...more] = type.kinds;
  if (kind === undefined) return undefined;
  if (field === 'kind') return quote(kind.kind);
  if (field !== 'apiVersion' || more.length > 0) return undefined;
  return quote(apiVersion(kind));
}

function apiVersion(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

function shapeWords(shape: Shape): string {
  if (shape.is === 'scalar') return scalarWords[shape.scalar];
  if (shape.is === 'object') return shape.type;
  const inner = shapeWords(shape.of);
  if (shape.is === 'map') return `Readonly<Record<string, ${inner}>>`;
  return inner.includes(' ') ? `readonly (${inner})[]` : `readonly ${inner}[]`;
}

function property(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? name : quote(name);
}

function quote(text: string): string {
  return `'${text}'`;
}

/** The merge table, without fields and types that are treated by default; and the type behind each kind. */
export function renderMerge(model: Model): string {
  const marked = typesWithMergeFacts(model);
  const types = [...model.types.values()].filter((type) => marked.has(type.name));
  const table = types.map((type) => {
    const fields = type.fields
      .map((field) => ({ name: field.name, words: mergeWords(field, { model, marked }) }))
      .filter(({ words }) => words.length > 0)
      .map(({ name, words }) => `    ${property(name)}: { ${words.join(', ')} },`);
    return [`  ${type.name}: {`, ...fields, '  },'].join('\n');
  });
  const kinds = [...model.types.values()].flatMap((type) =>
    type.kinds.map((kind) => `  ${quote(`${apiVersion(kind)} ${kind.kind}`)}: ${quote(type.name)},`),
  );
  return [
    "import type { MergeFields } from '../merge-schema.js';\n",
    '/** By type and field: what patches do differently from the default. */',
    'export const mergeTable: Readonly<Record<string, MergeFields>> = {',
    ...table,
    '};\n',
    '/** By apiVersion and kind: the name of the type. */',
    'export const kindTypes: Readonly<Record<string, string>> = {',
    ...kinds,
    '};\n',
  ].join('\n');
}

/** Types with a field that is not treated by default, and the types that lead to one. */
function typesWithMergeFacts(model: Model): ReadonlySet<string> {
  const marked = new Set<string>();
  for (let size = -1; size !== marked.size;) {
    size = marked.size;
    for (const type of model.types.values())
      if (type.fields.some((field) => mergeWords(field, { model, marked }).length > 0)) marked.add(type.name);
  }
  return marked;
}

interface MergeContext {
  readonly model: Model;
  readonly marked: ReadonlySet<string>;
}

function mergeWords(field: Field, context: MergeContext): string[] {
  const { strategy, mergeKey, listType, mapKeys, mapType } = field.merge;
  const type = objectBehind(field.shape);
  const atomic = mapType === 'atomic' || (field.shape.is === 'object' && isAtomic(type, context));
  const facts: string[] = [];
  if (strategy.length > 0) facts.push(`strategy: [${strategy.map(quote).join(', ')}]`);
  if (mergeKey !== undefined) facts.push(`mergeKey: ${quote(mergeKey)}`);
  if (listType === 'set' || listType === 'map') facts.push(`listType: ${quote(listType)}`);
  if (mapKeys !== undefined) facts.push(`mapKeys: [${mapKeys.map(quote).join(', ')}]`);
  if (atomic) facts.push('atomic: true');
  const leads = type !== undefined && context.marked.has(type);
  const listIsReplaced = field.shape.is === 'list' && facts.length === 0;
  if (facts.length === 0 && (!leads || listIsReplaced)) return [];
  const shape = field.shape.is === 'list' || field.shape.is === 'map' ? field.shape.is : undefined;
  return [
    ...(leads ? [`type: ${quote(type)}`] : []),
    ...(shape === undefined ? [] : [`shape: ${quote(shape)}`]),
    ...facts,
  ];
}

function isAtomic(type: string | undefined, { model }: MergeContext): boolean {
  return type !== undefined && (model.types.get(type)?.atomic ?? false);
}

function objectBehind(shape: Shape): string | undefined {
  if (shape.is === 'object') return shape.type;
  return shape.is === 'scalar' ? undefined : objectBehind(shape.of);
}

/** The fields of every type, as `[]Container!`: `[]` list, `{}` map, `!` required. */
export function renderFields(model: Model): string {
  const types = [...model.types.values()].map((type) => {
    const fields = type.fields.map(
      (field) => `    ${property(field.name)}: ${quote(tableWords(field.shape) + (field.required ? '!' : ''))},`,
    );
    return [`  ${type.name}: {`, ...fields, '  },'].join('\n');
  });
  return [
    '/** By type and field: the shape as `[]Container!` (`[]` list, `{}` map, `!` required). */',
    'export const typeFields: Readonly<Record<string, Readonly<Record<string, string>>>> = {',
    ...types,
    '};\n',
  ].join('\n');
}

function tableWords(shape: Shape): string {
  if (shape.is === 'scalar') return shape.scalar;
  if (shape.is === 'object') return shape.type;
  return (shape.is === 'list' ? '[]' : '{}') + tableWords(shape.of);
}

/** The served resources. */
export function renderResources(model: Model): string {
  const entries = model.resources.map((resource) => {
    const { group, version, name, singularName, kind, namespaced } = resource;
    const subresources = resource.subresources.map(
      (sub) =>
        `      { name: ${quote(sub.name)}, group: ${quote(sub.kind.group)}, version: ${quote(sub.kind.version)}, kind: ${quote(sub.kind.kind)}, verbs: ${list(sub.verbs)} },`,
    );
    return [
      '  {',
      `    group: ${quote(group)}, version: ${quote(version)}, name: ${quote(name)}, singularName: ${quote(singularName)}, kind: ${quote(kind)}, namespaced: ${namespaced},`,
      `    verbs: ${list(resource.verbs)},`,
      `    shortNames: ${list(resource.shortNames)}, categories: ${list(resource.categories)},`,
      ...(subresources.length === 0 ? ['    subresources: [],'] : ['    subresources: [', ...subresources, '    ],']),
      '  },',
    ].join('\n');
  });
  return [
    "import type { ApiResource } from '../api-resource.js';\n",
    '/** Every resource of the generated group versions, core first. */',
    'export const apiResources: readonly ApiResource[] = [',
    ...entries,
    '];\n',
  ].join('\n');
}

function list(words: readonly string[]): string {
  return `[${words.map(quote).join(', ')}]`;
}
