/** What can be wrong with a field of an object, in the words of the API. */
import { quoted } from './quoted.js';

/** What is wrong with one field (k8s.io/apimachinery:pkg/util/validation/field). */
export interface FieldError {
  readonly reason: FieldReason;
  /** Path such as `spec.containers[0].name`. */
  readonly field: string;
  /** The value found; undefined where the message does not repeat it. */
  readonly value?: unknown;
  readonly detail: string;
}

/** The words of the API for what can be wrong with a field. */
export type FieldReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueTypeInvalid'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueNotSupported'
  | 'FieldValueNotFound'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany';

const words: Readonly<Record<FieldReason, string>> = {
  FieldValueRequired: 'Required value',
  FieldValueInvalid: 'Invalid value',
  FieldValueTypeInvalid: 'Invalid value',
  FieldValueForbidden: 'Forbidden',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueNotFound: 'Not found',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
};

/** The message of a cause: what, which value, why. */
export function bodyOf(error: FieldError): string {
  const value = error.value === undefined ? '' : `: ${JSON.stringify(error.value)}`;
  const detail = error.detail === '' ? '' : `: ${error.detail}`;
  return words[error.reason] + value + detail;
}

/** The field must be set. */
export function required(field: string, detail = ''): FieldError {
  return { reason: 'FieldValueRequired', field, detail };
}

/** The field's value is wrong. */
export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, value: value ?? null, detail };
}

/** The field may not be set or changed. */
export function forbiddenField(field: string, detail: string): FieldError {
  return { reason: 'FieldValueForbidden', field, detail };
}

/** The value occurs twice. */
export function duplicate(field: string, value: unknown): FieldError {
  return { reason: 'FieldValueDuplicate', field, value, detail: '' };
}

/** The value is none of those supported. */
export function unsupportedValue(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = `supported values: ${supported.map(quoted).join(', ')}`;
  return { reason: 'FieldValueNotSupported', field, value, detail };
}
