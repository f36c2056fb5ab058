/** A whole control plane in this process: API server, scheduler and controllers, on a socket where that is wanted. */
import type { Clock, Ids, Logger, Random } from '@virtual-kubelet/base';
import { silentLogger } from '@virtual-kubelet/base';
import type { Controller } from './controllers/controller.js';
import { allControllers } from './controllers/index.js';
import type { RunningControllers } from './controllers/runner.js';
import { runControllers } from './controllers/runner.js';
import { hmacTokens } from './hmac-tokens.js';
import type { PlaygroundCredentials } from './http/authority.js';
import { createPlaygroundAuthority } from './http/authority.js';
import type { ServedPlayground, ServeOptions } from './http/serve.js';
import { servePlayground } from './http/serve.js';
import type { Playground } from './playground.js';
import { createPlayground } from './playground.js';
import type { Snapshot } from './snapshot.js';
import { restore } from './snapshot.js';
import type { StoreSettings } from './store/call.js';

/** What a control plane is made of. */
export interface ControlPlaneOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger?: Logger;
  /** Listen for requests from outside; false: only this process can ask. @default false */
  readonly listen?: Pick<ServeOptions, 'host' | 'port' | 'names'> | false;
  /** @default all there are */
  readonly controllers?: readonly Controller[];
  readonly settings?: Partial<StoreSettings>;
  /** What an earlier one left behind. */
  readonly snapshot?: Snapshot;
  /** What an earlier one was known by, so that its kubeconfigs and tokens go on. @default new ones */
  readonly credentials?: PlaygroundCredentials;
}

/** A control plane that runs. */
export interface ControlPlane {
  readonly playground: Playground;
  readonly controllers: RunningControllers;
  /** Present where it listens. */
  readonly served?: ServedPlayground;
  /** Ends controllers, then watches and connections. */
  stop(): Promise<void>;
}

/** Starts a control plane. It is for demonstrations and tests, never for production. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { clock, random, ids, logger = silentLogger, listen = false, credentials } = options;
  const known = credentials === undefined ? {} : { credentials };
  const authority = createPlaygroundAuthority({ clock, ...known });
  const controllers = options.controllers ?? allControllers({ authority: authority.authority });
  // Only where something takes the taint away again.
  const taintsNewNodes = controllers.some(({ name }) => name === 'node-lifecycle');
  const playground = createPlayground({
    clock,
    random,
    ids,
    logger,
    settings: {
      rootCertificate: authority.certificatePem,
      taintsNewNodes,
      ...(credentials === undefined ? {} : { tokens: hmacTokens(credentials.tokenKey) }),
      ...options.settings,
    },
    ...(options.snapshot === undefined ? {} : { version: options.snapshot.version }),
  });
  if (options.snapshot !== undefined) restore(playground.server.store.state, options.snapshot);
  const served = listen === false ? undefined : await servePlayground({ playground, authority, ...listen });
  const running = runControllers(playground.server, {
    controllers,
    clock,
    random,
    logger,
  });
  return {
    playground,
    controllers: running,
    ...(served === undefined ? {} : { served }),
    async stop() {
      await running.stop();
      playground.close();
      await served?.close();
    },
  };
}
