/** Writes the model of the Kubernetes API as TypeScript: types, merge table, field tables, resources. */
import type { Field, Model, ObjectType, Scalar, Shape } from './kubernetes-model.js';

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
