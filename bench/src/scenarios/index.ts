import type { Scenario } from '../scenario.js';
import { fullSpeed } from './burst.js';
import { container } from './container.js';
import { drain } from './drain.js';
import { followSteady } from './follow.js';
import { heartbeat } from './heartbeat.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { playground } from './playground/index.js';
import { start } from './start.js';
import { streams } from './streams.js';

/** All scenarios in the order they are run: the small ones warm the machine up, one of the last looks back at the agents. */
export const scenarios: readonly Scenario[] = [
  start,
  latency,
  fullSpeed,
  drain,
  followSteady,
  streams,
  memory,
  container,
  heartbeat,
  playground,
];
