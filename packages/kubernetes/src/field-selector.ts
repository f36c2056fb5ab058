/**
 * Field selectors (`spec.nodeName=n1,status.phase!=Running`): terms that must all hold. Which fields a
 * resource supports is up to the server. The grammar is that of k8s.io/apimachinery:pkg/fields.
 */
import { SelectorError } from './selector-error.js';

/** One condition on one field. */
export interface FieldTerm {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/** Conditions that must all hold; none of them selects everything. */
export type FieldTerms = readonly FieldTerm[];

/** Reads a selector. `\`, `,` and `=` in values are escaped by a backslash. Throws {@link SelectorError}. */
export function parseFieldSelector(selector: string): FieldTerms {
  const parts = selector.match(/(?:\\[\s\S]?|[^,\\])+/g) ?? [];
  return parts.map((part) => parseTerm(selector, part));
}

function parseTerm(selector: string, part: string): FieldTerm {
  const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
  if (match === null) throw new SelectorError(selector, `${JSON.stringify(part)} is not field=value or field!=value`);
  const [, field = '', operator, value = ''] = match;
  return { field, operator: operator === '!=' ? '!=' : '=', value: unescape(selector, value) };
}

function unescape(selector: string, value: string): string {
  return value.replaceAll(/\\([\s\S]?)|=/g, (found, escaped: string | undefined) => {
    if (escaped === '\\' || escaped === ',' || escaped === '=') return escaped;
    const problem = escaped === undefined ? 'an unescaped =' : `the invalid escape ${found}`;
    throw new SelectorError(selector, `${JSON.stringify(value)} has ${problem}`);
  });
}

/** Writes terms as text that reads back as the same. */
export function formatFieldSelector(terms: FieldTerms): string {
  return terms.map(({ field, operator, value }) => field + operator + escape(value)).join(',');
}

function escape(value: string): string {
  return value.replaceAll(/[\\,=]/g, '\\$&');
}

/** Whether an object meets every term. `valueOf` gives the value of a field, the empty text where it is unset. */
export function matchesFields(terms: FieldTerms, valueOf: (field: string) => string): boolean {
  return terms.every(({ field, operator, value }) => (valueOf(field) === value) === (operator === '='));
}

/** The one value a field must have for the terms to hold, as `n1` for `spec.nodeName` in `spec.nodeName=n1`. */
export function requiredFieldValue(terms: FieldTerms, field: string): string | undefined {
  return terms.find((term) => term.field === field && term.operator === '=')?.value;
}
