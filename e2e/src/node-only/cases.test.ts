// The main cases by our own clients on a playground: nothing but Node is needed.
import type { Means } from '../cases/index.js';
import { describeCases } from '../cases/index.js';
import { wireDriver } from '../drivers/wire-driver.js';
import { startPlaygroundCluster } from '../playground-cluster.js';

async function open(): Promise<Means> {
  const cluster = await startPlaygroundCluster();
  const driver = await wireDriver(cluster);
  return {
    cluster,
    driver,
    async close() {
      await driver.close();
      await cluster.close();
    },
  };
}

describeCases([{ name: 'a virtual node of a playground', open, mayEnd: true }]);
