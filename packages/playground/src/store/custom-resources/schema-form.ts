/** The form of a custom kind, which a schema describes. */
import type { Place } from '../apply/merge-shape.js';
import { typePlace } from '../apply/type-place.js';
import type { ObjectForm } from '../form.js';
import { typeForm } from '../form.js';
import type { Json } from '../json.js';
import { change, isJson, json } from '../json.js';
import type { OpenApiSchemas, ReferencePrefix } from '../openapi/type-schemas.js';
import { defaulted, pruned } from './shape-value.js';
import type { StructuralSchema } from './structural-schema.js';
import { fieldSchema } from './structural-schema.js';

/** The form that a schema gives objects. */
export function schemaForm(name: string, schema: StructuralSchema): ObjectForm {
  const said: ObjectForm['said'] = (object) => {
    const unknown: string[] = [];
    return { object: pruned(object, schema, unknown), unknown };
  };
  return {
    name,
    said,
    normalise(object) {
      const { object: known, unknown } = said(object);
      return { object: defaulted(known, schema), unknown };
    },
    place: rootPlace(schema),
    newStatus: undefined,
    schemas: (prefix) => openApiSchemas(name, schema.given, prefix),
  };
}

/** Places in a value of a schema. */
function schemaPlace(schema: StructuralSchema): Place {
  const fields = new Map<string, Place>();
  const { listType, items } = schema;
  return {
    isAtomic: schema.isAtomicMap,
    ...(listType === undefined ? {} : { listType, mapKeys: schema.mapKeys }),
    keyDefault: (name) => items?.properties.get(name)?.fallback?.value,
    get element() {
      return items === undefined ? typePlace(undefined) : schemaPlace(items);
    },
    field(name) {
      if (schema.isEmbedded && name === 'metadata') return typePlace('ObjectMeta');
      const own = fieldSchema(schema, name);
      if (own === undefined) return typePlace(undefined);
      const place = fields.get(name) ?? schemaPlace(own);
      fields.set(name, place);
      return place;
    },
  };
}

function rootPlace(schema: StructuralSchema): Place {
  return schemaPlace({ ...schema, isEmbedded: true });
}

function openApiSchemas(name: string, given: Json, prefix: ReferencePrefix): OpenApiSchemas {
  const metadata = { $ref: `${prefix}ObjectMeta` };
  const whole = prefix === '#/definitions/' ? olderSchema(given) : given;
  const properties = { ...json(whole, 'properties'), apiVersion: texts, kind: texts, metadata };
  return new Map([...typeForm('ObjectMeta').schemas(prefix), [name, change(whole, { properties })]]);
}

const texts = { type: 'string' };

/** What OpenAPI v2 has no words for is left out there. */
const newerWords: ReadonlySet<string> = new Set(['allOf', 'anyOf', 'oneOf', 'not', 'nullable', 'default']);

function olderSchema(given: Json): Json {
  const kept = Object.entries(given).filter(([word]) => !newerWords.has(word));
  return Object.fromEntries(
    kept.map(([word, value]) => {
      if (word === 'properties' && isJson(value)) return [word, olderSchemas(value)];
      return [
        word,
        (word === 'items' || word === 'additionalProperties') && isJson(value) ? olderSchema(value) : value,
      ];
    }),
  );
}

function olderSchemas(properties: Json): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, isJson(value) ? olderSchema(value) : value]),
  );
}
