import type { TestProject } from 'vitest/node';
import { startControlPlane } from './start.js';

/** Nodes of tests renew their leases every few seconds, so that a lost one is noticed in this time, milliseconds. */
const nodeMonitorGrace = 20_000;

/** Called by vitest once, before all suites; what it returns is called after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const plane = await startControlPlane({ nodeMonitorGrace });
  project.provide('controlPlane', plane.handle);
  return () => plane.close();
}
