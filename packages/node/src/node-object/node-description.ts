/** What the provider says about its node: asked for at start and when the Node must be made again, told in between. */
import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { backoffDelay, messageOf, silentSpan } from '@virtual-kubelet/base';
import type { NodeDescription, NodeProvider } from '@virtual-kubelet/provider';
import { nodeFailure } from '../errors.js';
import type { ProviderCalls } from '../pods/provider-calls.js';
import type { Troubles } from './troubles.js';

/** What {@link createDescriptionSource} needs. */
export interface DescriptionSourceOptions {
  readonly node: string;
  readonly provider: Pick<NodeProvider, 'configureNode' | 'notifyNodeStatus'>;
  readonly calls: ProviderCalls;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly onChange: () => void;
}

/** The newest description. A slot, not a queue: only the last report counts. */
export interface DescriptionSource {
  readonly current: NodeDescription;
  /** Asks until the provider answers. Rejects with the signal's reason. */
  ask(signal: AbortSignal): Promise<void>;
  /** Asks once; on failure what was said last stays. */
  askAgain(signal: AbortSignal): Promise<void>;
  /** Lets the provider report changes until the signal aborts. */
  subscribe(signal: AbortSignal): void;
}

/** Parts a report leaves out are unchanged. The result shares nothing with the provider, which may go on using its objects. */
export function withReport(before: NodeDescription, report: NodeDescription): NodeDescription {
  const said = Object.entries(structuredClone(report)).filter(([, part]) => part !== undefined && part !== null);
  return { ...before, ...Object.fromEntries(said) };
}

/** Makes a {@link DescriptionSource}; nothing happens yet. */
export function createDescriptionSource(options: DescriptionSourceOptions): DescriptionSource {
  const { node, provider, calls, clock, random, logger, troubles } = options;
  let current: NodeDescription = {};

  const attempt = async (signal: AbortSignal): Promise<number | undefined> => {
    if (!provider.configureNode) return undefined;
    try {
      const said = await calls({ name: 'configureNode', key: `${node}/configureNode`, signal }, async (context) =>
        provider.configureNode?.(context),
      );
      current = withReport(current, said ?? {});
      troubles.succeeded('description');
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      const failures = troubles.failed(
        'description',
        nodeFailure('VK_NODE_DESCRIPTION', { node, detail: messageOf(error) }, error),
      );
      return backoffDelay({ first: 1_000, most: 30_000 }, failures, random);
    }
  };

  return {
    get current() {
      return current;
    },
    async ask(signal) {
      for (let delay = await attempt(signal); delay !== undefined; delay = await attempt(signal))
        await clock.sleep(delay, signal);
    },
    async askAgain(signal) {
      await attempt(signal);
    },
    subscribe(signal) {
      const changed = (report: NodeDescription): void => {
        if (signal.aborted) return;
        try {
          current = withReport(current, report);
          options.onChange();
        } catch (error) {
          // The sink never throws: a provider's report that is no plain data is a fault of that report alone.
          logger.warn('a report about the node is not usable', { detail: messageOf(error) });
        }
      };
      const context = {
        signal,
        deadline: Infinity,
        logger,
        span: silentSpan,
        idempotencyKey: `${node}/notifyNodeStatus`,
      };
      try {
        provider.notifyNodeStatus?.({ changed }, context);
      } catch (error) {
        logger.warn('the provider cannot report changes of its node', { detail: messageOf(error) });
      }
    },
  };
}
