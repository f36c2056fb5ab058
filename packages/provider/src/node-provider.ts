import type { NodeAddress, NodeCondition, NodeSystemInfo, Taint } from '@virtual-kubelet/kubernetes';
import type { CallContext } from './call-context.js';

/** What a provider wants its Node object to say. Every part is optional; what is left out gets the node's defaults. */
export interface NodeDescription {
  /** Resource name to quantity. @default cpu 20, memory 100Gi, pods 110 */
  readonly capacity?: Readonly<Record<string, string>>;
  /** @default the capacity */
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly addresses?: readonly NodeAddress[];
  /** Added to the node's own; cannot replace them. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Beside the provider taint. */
  readonly taints?: readonly Taint[];
  /** Of other types than Ready; a provider that is not well says so by `ping`. */
  readonly conditions?: readonly NodeCondition[];
  readonly nodeInfo?: Partial<NodeSystemInfo>;
  readonly providerID?: string;
  /** KEP 5328: what the provider can do that schedulers ask nodes for by name, beside what the node itself declares. */
  readonly declaredFeatures?: readonly string[];
}

/** Where a provider reports changes of its node. Only the last report counts; never blocks, never throws. */
export interface NodeStatusSink {
  changed(description: NodeDescription): void;
}

/** Providers that have something to say about their node. */
export interface NodeProvider {
  /** The node as it is to be registered; called at start and when the Node object must be made again. */
  configureNode?(context: CallContext): Promise<NodeDescription>;
  /** Resolves when the platform can be reached. A rejection shows as `ProviderReachable=False`, not as a dead node. */
  ping(context: CallContext): Promise<void>;
  /** Called once at start. Registers the sink and returns; `context.signal` ends the subscription. */
  notifyNodeStatus?(sink: NodeStatusSink, context: CallContext): void;
}

/** A node provider that is always well and never changes its mind. */
export class NaiveNodeProvider implements NodeProvider {
  readonly #description: NodeDescription;

  constructor(description: NodeDescription = {}) {
    this.#description = description;
  }

  async configureNode(): Promise<NodeDescription> {
    return this.#description;
  }

  async ping(context: CallContext): Promise<void> {
    context.signal.throwIfAborted();
  }
}
