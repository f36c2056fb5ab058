import type { Clock, Logger, MetricRegistry } from '@virtual-kubelet/base';
import { silentSpan } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import type {
  Authenticator,
  ClientAuthorities,
  ContextOf,
  KubeletApi,
  KubeletApiLimits,
  KubeletApiMetrics,
  PodLookup,
  ServingCertificate,
} from '@virtual-kubelet/kubelet-api';
import { createKubeletApi } from '@virtual-kubelet/kubelet-api';
import type { ConditionSource, WantedCondition } from '@virtual-kubelet/node';
import type { Provider } from '@virtual-kubelet/provider';
import { reviewingAuthorizer } from './review-access.js';

/** Where one node serves its kubelet API. */
export interface KubeletAddress {
  /** Address to listen at. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A certificate that a Node may have to say something of. */
export interface NodeCertificate extends ServingCertificate {
  /** @default nothing is said */
  readonly conditions?: ConditionSource;
}

/** How the nodes of a process serve their kubelet APIs. */
export interface KubeletSettings {
  /** Makes the serving certificate of a node; closed with the node. */
  readonly certificate: (node: { readonly name: string; readonly internalIP?: string }) => Promise<NodeCertificate>;
  readonly clientAuthorities?: ClientAuthorities;
  /** Who may do what; `everybody` is for experiments on a machine of one's own. @default reviewed */
  readonly access?: 'reviewed' | 'everybody';
  /** Let requests without credentials in as `system:anonymous`. @default false */
  readonly anonymous?: boolean;
  /** What `/configz` shows. */
  readonly configuration: () => object;
  readonly limits?: Partial<KubeletApiLimits>;
  /** Told of requests and streams of all nodes. @default nobody */
  readonly observer?: KubeletApiMetrics;
}

/** What the port of one node is made of. */
export interface KubeletPortOptions {
  readonly node: { readonly name: string; readonly internalIP?: string };
  readonly address: KubeletAddress;
  readonly settings: KubeletSettings;
  readonly authenticator: Authenticator;
  readonly provider: Provider;
  readonly pods: PodLookup;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: MetricRegistry;
  /** What is wrong with the node, for `/healthz`. */
  readonly problems: () => readonly string[];
  readonly capacity: () => { readonly cores?: number; readonly memoryBytes?: number };
}

/** An open port. */
export interface KubeletPort {
  readonly port: number;
  /** What the Node has to say of it. */
  readonly conditions?: ConditionSource;
  close(): Promise<void>;
}

/** KEP-4006: this node takes WebSockets, also with the newest subprotocols, without translation by the API server. */
export const declaredFeatures: readonly string[] = ['ExtendWebSocketsToKubelet'];

const everybody: Pick<KubeletPortOptions, 'authenticator'>['authenticator'] = {
  authenticate: async () => ({ name: 'system:anonymous', groups: ['system:unauthenticated'] }),
};

/** For who sees the Node and not the log. A node that asks who its clients are has no such condition. */
const openToEverybody: WantedCondition = {
  type: 'KubeletAPIOpen',
  status: 'True',
  reason: 'EverybodyAllowed',
  message: 'ANYBODY who reaches the port of the kubelet API may run commands in pods: it was started insecurely',
};

function conditionsOf(certificate: NodeCertificate, open: boolean): ConditionSource | undefined {
  const { conditions } = certificate;
  if (!open) return conditions;
  return {
    current: () => [openToEverybody, ...(conditions?.current() ?? [])],
    subscribe: (changed) => conditions?.subscribe(changed) ?? (() => undefined),
  };
}

function contexts(node: string, logger: Logger): ContextOf {
  let calls = 0;
  return (purpose, signal, deadline = Infinity) => {
    calls += 1;
    return { signal, deadline, logger, span: silentSpan, idempotencyKey: `${node}/${purpose}/${calls}` };
  };
}

/** Opens the kubelet API of a node. @throws CodedError `VK_KUBELET_API_LISTEN` and those of the certificate */
export async function openKubeletPort(options: KubeletPortOptions): Promise<KubeletPort> {
  const { node, settings, client, clock, provider, pods, metrics } = options;
  const logger = options.logger.with({ node: node.name });
  const open = settings.access === 'everybody';
  const access = {
    authenticator: open ? everybody : options.authenticator,
    authorizer: open ? { authorize: async () => true } : reviewingAuthorizer(client, { clock, node: node.name }),
  };
  const certificate = await settings.certificate(node);
  const { clientAuthorities, limits, observer } = settings;
  const api: KubeletApi = createKubeletApi({
    node: node.name,
    provider,
    pods,
    access,
    certificate,
    clock,
    logger,
    contextOf: contexts(node.name, logger),
    metrics: () => metrics.render(),
    problems: options.problems,
    configuration: settings.configuration,
    capacity: options.capacity,
    ...(clientAuthorities ? { clientAuthorities } : {}),
    ...(limits ? { limits } : {}),
    ...(observer ? { observer } : {}),
  });
  try {
    const conditions = conditionsOf(certificate, open);
    const port = await api.listen(options.address);
    return { port, close: () => api.close(), ...(conditions ? { conditions } : {}) };
  } catch (error) {
    await certificate.close();
    throw error;
  }
}
