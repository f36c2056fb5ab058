/**
 * A real Kubernetes control plane on this machine, for tests and benchmarks: etcd, kube-apiserver, kube-controller-manager
 * and kube-scheduler as child processes on loopback. There are no nodes and no pod network: that is what the tests bring.
 * It does not use the product's own client, so that a fault there cannot hide itself.
 * Suites call `sharedControlPlane()`; everything else starts its own with `startControlPlane()`. Read `control-plane.ts` next.
 */
export type { AuditEvent } from './audit.js';
export type { ControlPlane } from './control-plane.js';
export { sharedControlPlane } from './shared.js';
export { startControlPlane } from './start.js';
export { waitFor } from './wait.js';
export type { MetricsServer } from './metrics-server.js';
export { metricsServerReleases, startMetricsServer } from './metrics-server.js';
export type { RunningKubectl } from './kubectl-stream.js';
export { kubectlBytes, startKubectl } from './kubectl-stream.js';
