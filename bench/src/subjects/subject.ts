import type { AgentName } from './subject-names.js';

/** A running agent of one node. */
export interface RunningAgent {
  readonly node: string;
  readonly pid: number;
  readonly log: () => string;
  stop(): Promise<void>;
}

/** An agent that can be measured. */
export interface Agent {
  readonly name: AgentName;
  readonly version: string;
  /** Makes the Node exist, as it does where an agent is restarted. */
  prepare(node: string): Promise<void>;
  /** Starts the agent; resolves when its process runs. */
  start(node: string): Promise<RunningAgent>;
}
