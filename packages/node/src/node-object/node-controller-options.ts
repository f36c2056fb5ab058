/** What goes into a node controller and what comes out of it. */
import type { Clock, CodedError, Ids, Logger, Random, Tracer } from '@virtual-kubelet/base';
import type { ApiClient, Informer } from '@virtual-kubelet/client';
import type { Node } from '@virtual-kubelet/kubernetes';
import type { NodeProvider } from '@virtual-kubelet/provider';
import type { Claim } from '../lease/claim.js';
import type { ConditionSource, ProviderOutage } from './node-conditions.js';
import type { NodeEvents } from './node-events.js';
import type { OnExit } from './node-exit.js';
import type { DesiredNode } from './node-object.js';
import type { NodeFacts, NodeOptions } from './node-options.js';
import type { Reachability, ReachabilityLimits } from './reachability.js';
import type { ShortageLimits } from './shortage.js';
import type { Trouble } from './troubles.js';

/** Settings of a {@link NodeController}. Times in milliseconds. */
export interface NodeControllerOptions {
  readonly node: NodeOptions;
  readonly facts: NodeFacts;
  readonly provider: NodeProvider;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  /** @default records nothing */
  readonly tracer?: Tracer;
  /** Who claims the node: the same after a restart in the same place, different everywhere else. */
  readonly instance: string;
  /** Whether the agent still hears of its pods; while not, the lease is not renewed. @default always */
  readonly watchFresh?: () => boolean;
  /** Nodes watched for the whole process. Without it each Node is read once a minute. */
  readonly informer?: Pick<Informer<Node>, 'subscribe'>;
  /** @default none beside the node's own and the provider's */
  readonly conditions?: ConditionSource;
  /** @default keep */
  readonly outage?: ProviderOutage;
  /** @default keep */
  readonly onExit?: OnExit;
  /** @default 40,000; renewed four times as often */
  readonly leaseDuration?: number;
  /** @default 300,000 */
  readonly statusInterval?: number;
  /** @default 60,000 */
  readonly lookInterval?: number;
  /** A quarter of it after a ping that spoke against the verdict. @default 10,000 */
  readonly pingInterval?: number;
  /** @default 5,000 */
  readonly pingTimeout?: number;
  readonly reachability?: ReachabilityLimits;
  readonly shortage?: ShortageLimits;
}

/** How a node is at this moment. Ages in milliseconds; undefined where it has not happened. */
export interface NodeHealth {
  readonly isRegistered: boolean;
  readonly isClaimHeld: boolean;
  /** Another agent acts for the node (`VK_NODE_TAKEN_OVER`); this one waits until that has gone. */
  readonly takenOver: CodedError | undefined;
  readonly leaseAge: number | undefined;
  readonly statusAge: number | undefined;
  /**
   * How long the heartbeat has not been tried, where that is longer than it can be even if the API server never answers:
   * the process was frozen a moment ago, or only a new start mends it.
   */
  readonly stalledFor: number | undefined;
  readonly provider: Reachability;
  readonly shortage: string | undefined;
  /** What does not work at present; empty when all is well. */
  readonly troubles: readonly Trouble[];
}

/** Keeps one Node and its Lease. */
export interface NodeController {
  /**
   * Claims the node, registers it and resolves when it is Ready; goes on until the signal aborts. An abort alone is like a
   * crash: the claim is not let go. Call once.
   * @throws CodedError `VK_NODE_HELD` when another agent acts for the node
   */
  start(signal: AbortSignal): Promise<void>;
  /** Stops cleanly: what `onExit` says, then lets the claim go. Call it last, when nothing acts for the node any more. @param deadline default 5 s */
  stop(deadline?: AbortSignal): Promise<void>;
  /** Whether provider calls may start. */
  readonly claim: Claim;
  readonly events: NodeEvents;
  health(): NodeHealth;
  /** The platform has no room (the resource that is short), or has room again (undefined). */
  setCapacityShortage(resource: string | undefined): void;
  /** Makes sure that the Node exists, for who sees pods vanish: a `recreated` event, if any, comes before it resolves. */
  verify(signal: AbortSignal): Promise<void>;
  /** What the Node should say: its resources, addresses and lasting taints. */
  desired(): DesiredNode;
}
