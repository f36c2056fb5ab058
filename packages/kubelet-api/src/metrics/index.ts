/** The node's use as Prometheus text: `/metrics/resource` (what metrics-server reads), `/metrics/cadvisor` and `/metrics/probes`. The agent's own metrics are in its registry, not here. */
export { cadvisorMetricsOf } from './cadvisor-metrics.js';
export { metricsContentType } from './exposition.js';
export { probeMetricsOf } from './probe-metrics.js';
export { resourceMetricsOf } from './resource-metrics.js';
