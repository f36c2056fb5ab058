import type { Option } from './option.js';
import { formPattern } from './value-forms.js';

/** A JSON Schema of draft 7, which is what editors of YAML know best. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const duration = String.raw`\+?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)`;
const scalar = ['string', 'number', 'boolean'];
/** An entry without a value is one that is not there. */
const nothing: JsonSchema = { type: 'null' };

/** A text that matches, or a number or a boolean that YAML makes of one. */
function matching(pattern: string | undefined): JsonSchema {
  if (pattern === undefined) return { type: scalar };
  const fits = (text: string): boolean => new RegExp(pattern).test(text);
  const types = ['string', ...(fits('5') ? ['number'] : []), ...(fits('true') ? ['boolean'] : [])];
  return { type: types, pattern, ...(fits('5') && !fits('-5') ? { minimum: 0 } : {}) };
}

/** Words such as `keep` and `not-ready:`, the latter with a duration behind it. */
function wordsPattern(words: readonly string[]): string {
  return `^(${words.map((word) => (word.endsWith(':') ? word + duration : word)).join('|')})$`;
}

/** Items in one text, as behind the flag. */
function listText(pattern: string | undefined): JsonSchema {
  if (pattern === undefined) return { type: 'string' };
  const item = String.raw`\s*(${pattern.replace(/^\^|\$$/g, '')})?\s*`;
  return { type: 'string', pattern: `^${item}(,${item})*$` };
}

function wholeNumber(minimum: 0 | 1): readonly JsonSchema[] {
  return [
    { type: 'integer', minimum, maximum: 999_999_999 },
    { type: 'string', pattern: minimum === 1 ? String.raw`^[1-9]\d{0,8}$` : String.raw`^(0|[1-9]\d{0,8})$` },
  ];
}

function valuesOf({ type, choices = [], words, form }: Option): readonly JsonSchema[] {
  const pattern = form && formPattern(form);
  switch (type) {
    case 'boolean':
      return [{ enum: [true, false, 'true', 'false'] }];
    case 'integer':
      return wholeNumber(1);
    case 'count':
      return wholeNumber(0);
    case 'choice':
      return [{ enum: choices }];
    case 'duration':
      return [{ type: 'string', pattern: `^${duration}$` }, { const: 0 }];
    case 'url':
      return [{ type: 'string', pattern: String.raw`^https://[^\s/?#@]+/?$` }];
    case 'list': {
      const map = {
        type: 'object',
        propertyNames: { pattern: formPattern('label-key') },
        additionalProperties: { type: scalar },
      };
      return [listText(pattern), { type: 'array', items: matching(pattern) }, ...(form === 'label' ? [map] : [])];
    }
    case 'string':
      if (form === 'port')
        return [
          { type: 'integer', minimum: 0, maximum: 65_535 },
          { type: 'string', pattern },
        ];
      return [matching(form === undefined && words ? wordsPattern(words) : pattern)];
  }
}

function settingSchema(option: Option): JsonSchema {
  const { help: description } = option;
  return {
    description,
    ...(option.default === undefined ? {} : { default: option.default }),
    anyOf: [...valuesOf(option), nothing],
  };
}

function groupSchema(properties: JsonSchema): JsonSchema {
  return { type: 'object', properties, additionalProperties: false };
}

/** Entries at the top of the file, groups being one entry, by name. */
function entriesOf(options: readonly Option[]): JsonSchema {
  const entries = new Map<string, JsonSchema>();
  const groups = new Map<string, Record<string, JsonSchema>>();
  for (const option of options) {
    if (option.config === undefined) continue;
    const [first = '', inner] = option.config.split('.', 2);
    if (inner === undefined) entries.set(first, settingSchema(option));
    else groups.set(first, { ...groups.get(first), [inner]: settingSchema(option) });
  }
  return Object.fromEntries([...entries, ...[...groups].map(([name, inner]) => [name, groupSchema(inner)] as const)]);
}

/**
 * The form of the configuration file, for editors: names, values and what they are for. It refuses what the command refuses
 * wherever an expression can tell; `virtual-kubelet config validate` has the last word.
 */
export function configSchema(options: readonly Option[]): JsonSchema {
  const entries = entriesOf(options);
  const settings = Object.fromEntries(Object.keys(entries).map((name) => [name, { $ref: `#/definitions/${name}` }]));
  const nodes = {
    description: 'nodes with settings of their own, beside those at the top, which are for all of them',
    type: 'array',
    minItems: 1,
    items: groupSchema(settings),
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Configuration of virtual-kubelet (--config)',
    ...groupSchema({ ...settings, nodes }),
    type: ['object', 'null'],
    definitions: entries,
  };
}

/** The same as the text of a file. */
export function configSchemaText(options: readonly Option[]): string {
  return `${JSON.stringify(configSchema(options), null, 2)}\n`;
}
