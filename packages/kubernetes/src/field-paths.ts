/** Paths of fields, computed from the generated field tables. */
import { typeFields } from './generated/fields.js';

/** A field as its type declares it. */
export interface FieldShape {
  /** `object` fields have a `type`; everything else ends a path. */
  readonly type: string;
  readonly list: boolean;
  readonly map: boolean;
  readonly required: boolean;
}

/** Whether the name is that of an object type in the tables. */
export function isObjectType(type: string): boolean {
  return Object.hasOwn(typeFields, type);
}

/** Names of the fields of a type; empty for unknown types. */
export function fieldNames(type: string): readonly string[] {
  return isObjectType(type) ? Object.keys(typeFields[type] ?? {}) : [];
}

/** What a type declares about one of its fields; undefined when it has no such field. */
export function fieldShape(type: string, field: string): FieldShape | undefined {
  const fields = isObjectType(type) ? typeFields[type] : undefined;
  const words = fields !== undefined && Object.hasOwn(fields, field) ? fields[field] : undefined;
  return words === undefined ? undefined : parseShape(words);
}

/** Reads `[]Container!`: a required list of Container. `{}` marks a map. */
function parseShape(words: string): FieldShape {
  const required = words.endsWith('!');
  const bare = required ? words.slice(0, -1) : words;
  return {
    type: bare.replace(/^(?:\[\]|\{\})+/, ''),
    list: bare.startsWith('[]'),
    map: bare.startsWith('{}'),
    required,
  };
}

/**
 * Every path below a type that does not lead to a further object, such as
 * `spec.containers[].env[].valueFrom.secretKeyRef.name`. Lists of objects are written `[]`, maps of
 * objects `{}`. A type inside itself ends the path.
 */
export function fieldPaths(type: string, prefix: string): readonly string[] {
  const paths: string[] = [];
  collect(type, { prefix, above: [type], paths });
  return paths;
}

interface Walk {
  readonly prefix: string;
  readonly above: readonly string[];
  readonly paths: string[];
}

function collect(type: string, walk: Walk): void {
  for (const name of fieldNames(type)) {
    const shape = fieldShape(type, name);
    if (shape === undefined) continue;
    const path = `${walk.prefix}.${name}`;
    if (!isObjectType(shape.type) || walk.above.includes(shape.type)) walk.paths.push(path);
    else {
      const prefix = path + (shape.list ? '[]' : shape.map ? '{}' : '');
      collect(shape.type, { prefix, above: [...walk.above, shape.type], paths: walk.paths });
    }
  }
}

/** Every path below `spec` of a Pod. */
export const podFieldPaths: readonly string[] = fieldPaths('PodSpec', 'spec');
