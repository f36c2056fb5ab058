import { silentLogger, systemClock } from '@virtual-kubelet/base';
import type { Clock, Logger, MetricRegistry, Transport } from '@virtual-kubelet/base';
import type { ClusterConfig } from './cluster-config.js';
import type { CommandRunner } from './credentials/command.js';
import { credentialsOf } from './credentials/credentials-of.js';
import { systemCommands } from './credentials/system-command.js';
import { certificateAuthorities } from './credentials/trust.js';
import type { Files } from './files.js';
import { systemFiles } from './system-files.js';
import { undiciTransport } from './undici-transport.js';
import type { LaneSizes, TransportTimeouts } from './transport/lanes.js';

/** How to connect. What is left out comes from the machine. */
export interface ConnectOptions {
  readonly files?: Files;
  readonly commands?: CommandRunner;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Where requests are counted. @default nowhere */
  readonly metrics?: MetricRegistry;
  /** @default virtual-kubelet */
  readonly userAgent?: string;
  readonly timeouts?: Partial<TransportTimeouts>;
  readonly connections?: Partial<LaneSizes>;
}

/**
 * A transport to the cluster of a configuration. Nothing is read or sent before the first request, so that one fails
 * where credentials are of no use. Closing the transport ends everything.
 */
export function connect(config: ClusterConfig, options: ConnectOptions = {}): Transport {
  const { files = systemFiles, commands = systemCommands, clock = systemClock, logger = silentLogger } = options;
  const { metrics, userAgent, timeouts, connections } = options;
  const { server, trust, proxy } = config;
  const authorities = certificateAuthorities({ source: trust.authority, files, clock, logger });
  return undiciTransport({
    server,
    authorities,
    credentials: credentialsOf(config, { files, commands, clock, logger, authorities }),
    ...(trust.serverName === undefined ? {} : { serverName: trust.serverName }),
    ...(trust.insecure ? { insecure: true } : {}),
    ...(proxy === undefined ? {} : { proxy }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(timeouts === undefined ? {} : { timeouts }),
    ...(connections === undefined ? {} : { connections }),
  });
}
