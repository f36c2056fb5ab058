/**
 * A small Kubernetes API server for demonstrations and tests: enough for clients, informers and a node agent, inside
 * one process, with its time and randomness given from outside. `servePlayground` puts it on a socket, where stock
 * kubectl and every other client find it, and passes streams on to the kubelets of its nodes.
 *
 * It is not for production: it keeps nothing on disk itself, everybody with an identity may do everything, and what is
 * not implemented answers 404, 405 or 501 rather than something similar. The rules are in `@virtual-kubelet/playground/store`, which
 * is pure; start reading at `store/store.ts`.
 */
export { startControlPlane } from './control-plane.js';
export type { ControlPlane, ControlPlaneOptions } from './control-plane.js';
export type { Controller, Plan } from './controllers/controller.js';
export { allControllers } from './controllers/index.js';
export { runControllers } from './controllers/runner.js';
export type { RunningControllers, RunOptions } from './controllers/runner.js';
export { playgroundErrors } from './errors.js';
export { createPlaygroundAuthority, createPlaygroundCredentials, readPlaygroundCredentials } from './http/authority.js';
export type {
  AuthorityOptions,
  CredentialParts,
  PlaygroundAuthority,
  PlaygroundCredentials,
} from './http/authority.js';
export { servePlayground } from './http/serve.js';
export type { ServedPlayground, ServeOptions } from './http/serve.js';
export { inProcessTransport } from './in-process-transport.js';
export type { InProcessTransport, InProcessTransportOptions, Verdict } from './in-process-transport.js';
export { createPlayground } from './playground.js';
export type { Playground } from './playground.js';
export { createPlaygroundServer } from './server.js';
export type { PlaygroundServer, PlaygroundServerOptions } from './server.js';
export { readSnapshot, snapshotOf } from './snapshot.js';
export type { Snapshot } from './snapshot.js';
