import type { Bench, Place } from './bench.js';
import { untilReady } from './subjects/virtual-kubelet.js';
import type { Agent, RunningAgent } from './subjects/subject.js';

/** An agent with a Ready node, in a place of its own. */
export interface AgentAtWork {
  readonly place: Place;
  readonly running: RunningAgent;
  /** Stops the agent and removes what is left of the place. */
  end(): Promise<void>;
}

/** Starts an agent and waits until its node is Ready; whoever starts it ends it. */
export async function putToWork(bench: Bench, agent: Agent): Promise<AgentAtWork> {
  const place = await bench.place(agent.name);
  await agent.prepare(place.node);
  const running = await agent.start(place.node);
  const end = async (): Promise<void> => {
    await running.stop();
    await place.clear();
  };
  try {
    await untilReady(bench.cluster, running);
  } catch (error) {
    await end();
    throw error;
  }
  return { place, running, end };
}

/** Measures an agent at work, and ends it however that goes. */
export async function whileAtWork<T>(bench: Bench, agent: Agent, measure: (at: AgentAtWork) => Promise<T>): Promise<T> {
  const at = await putToWork(bench, agent);
  try {
    return await measure(at);
  } finally {
    await at.end();
  }
}
