import type { Scenario } from '../../scenario.js';
import type { Server } from '../../subjects/server.js';
import { kubernetesServer, playgroundServer } from '../../subjects/server.js';
import { fanOut } from './fan-out.js';
import { life } from './life.js';
import { memoryOfPods } from './memory.js';
import { requests } from './requests.js';
import { startUp } from './start-up.js';

/** The playground as a server, beside kube-apiserver with etcd, scheduler and controllers on the same machine. */
export const playground: Scenario = {
  name: 'playground',
  async run(bench) {
    const own = await playgroundServer(bench.report);
    const peer = await kubernetesServer(bench);
    if (peer === undefined) bench.report('Kubernetes does not run on this machine and is left out');
    const servers: readonly Server[] = peer === undefined ? [own] : [own, peer];
    try {
      return [
        ...(await startUp(bench)),
        ...(await requests(bench, servers)),
        ...(await fanOut(bench, servers)),
        ...(await life(bench, servers)),
        ...(await memoryOfPods(bench, servers)),
      ];
    } finally {
      await own.close();
    }
  },
};
