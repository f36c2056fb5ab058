/**
 * What everything else stands on: time, randomness, logging, tracing, metrics, secrets that hide themselves, errors with
 * codes, back-off and a work queue. It knows nothing of Kubernetes and talks to nobody.
 * The pods' and nodes' rules are in `@virtual-kubelet/node`, the contract for providers in `@virtual-kubelet/provider`.
 */
export { backoffDelay } from './backoff.js';
export type { BackoffOptions } from './backoff.js';
export { blockSize, giveBlock, takeBlock } from './block-pool.js';
export { blockWriter } from './block-writer.js';
export type { BlockFraming, BlockWriter, WriteBytes } from './block-writer.js';
export type { Clock, Deadline } from './clock.js';
export { deferred, untilAborted } from './deferred.js';
export type { Deferred } from './deferred.js';
export { CodedError, errorsOf, messageOf } from './errors.js';
export type { ErrorDefinition, ErrorParameters, ErrorTable, ExitCode } from './errors.js';
export { extended } from './extended.js';
export { seededIds } from './ids.js';
export type { Ids } from './ids.js';
export { joinBytes } from './join-bytes.js';
export { branched, lifetime } from './lifetime.js';
export { limiter } from './limiter.js';
export type { Limiter } from './limiter.js';
export { lineSplitter } from './line-splitter.js';
export type { LineSplitter } from './line-splitter.js';
export { recordingLogger, silentLogger } from './logger.js';
export type { LogFields, Logger, LogLevel, LogLine } from './logger.js';
export { ManualClock } from './manual-clock.js';
export { metricRegistry } from './metrics.js';
export type { Counter, Gauge, Histogram, LabelValues, MetricOptions, MetricRegistry } from './metrics.js';
export { jittered, randomInteger, seededRandom } from './random.js';
export type { Random } from './random.js';
export { Sensitive } from './sensitive.js';
export { systemClock } from './system-clock.js';
export { systemIds, systemRandom } from './system-random.js';
export { silentSpan, silentTracer } from './tracer.js';
export type { Span, Tracer } from './tracer.js';
export type {
  Lane,
  Transport,
  TransportConnection,
  TransportRequest,
  TransportResponse,
  TransportStream,
} from './transport.js';
export { workQueue } from './work-queue.js';
export type { WorkFailure, WorkQueue, WorkQueueOptions, WorkResult } from './work-queue.js';
