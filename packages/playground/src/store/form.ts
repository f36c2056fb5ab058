/** What objects of a kind look like, as a value: a type of the API's own tables, or a schema that a user gave. */
import { typeOfKind } from '@virtual-kubelet/kubernetes/internal';
import type { Place } from './apply/merge-shape.js';
import { typePlace } from './apply/type-place.js';
import type { Json } from './json.js';
import type { OpenApiSchemas, ReferencePrefix } from './openapi/type-schemas.js';
import { typeSchemas } from './openapi/type-schemas.js';
import type { Normalised } from './schema.js';
import { normalise, said, unsaid } from './schema.js';

/** The form of a kind. */
export interface ObjectForm {
  /** The name of its schema in OpenAPI documents. */
  readonly name: string;
  /** Brings an object into this form. Throws SchemaError. */
  normalise(object: Json): Normalised;
  /** As {@link ObjectForm.normalise}, without anything that was not said: for configurations that are applied. */
  said(object: Json): Normalised;
  /** How its fields are owned. */
  readonly place: Place;
  /** The status of a new object; undefined where it has none. */
  readonly newStatus: Json | undefined;
  /** Its schema and all that it leads to, by name. */
  schemas(prefix: ReferencePrefix): OpenApiSchemas;
}

const known = new Map<string, ObjectForm>();

/** The form of a type of the tables. */
export function typeForm(type: string): ObjectForm {
  const found = known.get(type);
  if (found !== undefined) return found;
  const made: ObjectForm = {
    name: type,
    normalise: (object) => normalise(object, type),
    said: (object) => said(object, type),
    place: typePlace(type),
    newStatus: unsaid(type, 'status'),
    schemas: (prefix) => typeSchemas(type, prefix),
  };
  known.set(type, made);
  return made;
}

/** The form of a kind of the API; undefined for kinds that the tables do not have. */
export function formOfKind(apiVersion: string, kind: string): ObjectForm | undefined {
  const type = typeOfKind(apiVersion, kind);
  return type === undefined ? undefined : typeForm(type);
}

/** The form of an object in requests to a resource: of its own kind, or of that of a view such as a Scale. */
export function formOf(
  resource: { readonly kind: string; readonly form?: ObjectForm },
  { apiVersion, kind }: { readonly apiVersion: string; readonly kind: string },
): ObjectForm | undefined {
  return formOfKind(apiVersion, kind) ?? (kind === resource.kind ? resource.form : undefined);
}
