/** What the reference pages are made from. No promise to anybody else. */
export { configSchemaText } from './options/config-schema.js';
export { runOptions } from './options/option-table.js';
export type { Option, OptionGroup } from './options/option.js';
export { knownProviders } from './run/providers.js';
export type { KnownProvider } from './run/providers.js';
