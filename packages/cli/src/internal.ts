/** What the reference pages are made from. No promise to anybody else. */
export { runOptions } from './option-table.js';
export type { Option, OptionGroup } from './option.js';
export { knownProviders } from './providers.js';
export type { KnownProvider } from './providers.js';
