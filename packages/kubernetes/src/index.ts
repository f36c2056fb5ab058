/**
 * The words of the Kubernetes API as values: types, quantities, durations, times, selectors, names.
 *
 * Pure: no input or output, no ambient time, no dependencies. It does not talk to an API server (that is
 * `@virtual-kubelet/client`) and does not validate objects as a server would. The types are generated;
 * merge tables and patch appliers are behind `@virtual-kubelet/kubernetes/internal`.
 */
export type * from './generated/types.js';
export * from './duration.js';
export { podFieldPaths } from './field-paths.js';
export * from './quantity.js';
export * from './time.js';
export * from './equality.js';
export * from './names.js';
export * from './objects.js';
export * from './status.js';
export * from './field-selector.js';
export * from './label-selector.js';
export * from './selector-error.js';
export * from './node-affinity.js';
export * from './pod-resources.js';
export * from './restart-policy.js';
export * from './tolerations.js';
