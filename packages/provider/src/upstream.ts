import type { Sensitive } from '@virtual-kubelet/base';
import type { CallContext } from './call-context.js';
import type { PodRef } from './pod-ref.js';

/** A request for a stream of a pod. */
export interface StreamRequest {
  readonly kind: 'attach' | 'exec' | 'logs' | 'portForward';
  readonly pod: PodRef;
  /** Absent for `portForward`. */
  readonly container?: string;
  /** Of the request as it came, in the words of a kubelet and without a question mark, such as `command=ls&output=1`. */
  readonly query: string;
}

/** Another kubelet or API server that speaks with the client itself. */
export interface Upstream {
  /** `https:` or `http:`, with path and query. */
  readonly url: string;
  /** Further headers, such as `Authorization` of this node: those of the client are never passed on. */
  readonly headers?: Readonly<Record<string, string | Sensitive>>;
  readonly tls?: UpstreamTls;
}

/** Whom to trust and what to show over `https:`. All in PEM. */
export interface UpstreamTls {
  /** Authorities that vouch for the server. @default those of the system */
  readonly ca?: string;
  /** Client certificate, with its key. */
  readonly cert?: string;
  readonly key?: string | Sensitive;
  /** Name the server's certificate is for. @default the host of the address */
  readonly serverName?: string;
}

/** For providers whose pods run on another kubelet or in another cluster. */
export interface UpstreamProvider {
  /**
   * Says where a stream is to be handed through to. The bytes of exec, attach and port-forward then pass between client
   * and server untouched, in whatever protocol they agree on, and a log as it comes. Undefined: this stream is served by
   * the provider's own method, as always.
   */
  upstream(request: StreamRequest, context: CallContext): Promise<Upstream | undefined>;
}
