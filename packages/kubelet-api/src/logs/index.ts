/** `kubectl logs` on the node's side: the query, the container's state, the answer. How lines are chosen is the provider's part; see the log reader of `@virtual-kubelet/provider-kit`. */
export { openContainerLogs, refusalOf } from './container-logs.js';
export type { LogAnswer } from './container-logs.js';
export { logRefusal } from './log-instance.js';
export { parseLogQuery } from './log-query.js';
