/** What a node and its pods use: read from the provider once for many scrapers, and as `/stats/summary` shows it. The metrics texts are in `../metrics`. */
export { statsReader } from './stats-reader.js';
export type { StatsReader } from './stats-reader.js';
export { summaryOf } from './summary.js';
export type { NodeUsage } from './usage.js';
