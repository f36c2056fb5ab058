/** The main cases of a virtual node, each defined once; who runs them says on which cluster and by what means. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Driver } from '../drivers/driver.js';
import type { Cluster } from '../playground-cluster.js';
import { configurationCases } from './configuration-cases.js';
import { nodeCases } from './node-cases.js';
import { outageCases } from './outage-cases.js';
import { podCases } from './pod-cases.js';
import { restartCases } from './restart-cases.js';
import { streamCases } from './stream-cases.js';
import type { World } from './world.js';
import { openWorld } from './world.js';

/** A cluster, and by what means to work on it. */
export interface Means {
  readonly cluster: Cluster;
  readonly driver: Driver;
  close(): Promise<void>;
}

/** Means with a name, opened when their turn comes. */
export interface NamedMeans {
  readonly name: string;
  readonly open: () => Promise<Means>;
  /** Whether its API server may be ended and started again. */
  readonly mayEnd: boolean;
}

/** Declares all cases for each of these. */
export function describeCases(all: readonly NamedMeans[]): void {
  describe.each(all)('$name', { timeout: 120_000 }, ({ open, mayEnd }) => {
    let means: Means | undefined;
    let opened: World | undefined;
    const world = (): World => {
      if (opened === undefined) throw new Error('the world of these cases did not open');
      return opened;
    };

    beforeAll(async () => {
      means = await open();
      opened = await openWorld(means.cluster, means.driver, `vk-cases-${randomUUID().slice(0, 8)}`);
    }, 60_000);

    afterAll(async () => {
      await opened?.close();
      await means?.close();
    }, 60_000);

    describe('pods', () => {
      podCases(world);
    });
    describe('streams', () => {
      streamCases(world);
    });
    describe('the node', () => {
      nodeCases(world);
    });
    describe('configuration', () => {
      configurationCases(world);
    });
    describe('restarts', () => {
      restartCases(world);
    });
    describe('outages', () => {
      outageCases(world, { mayEnd });
    });
  });
}
