import type { Sensitive } from '@virtual-kubelet/base';

/** PEM text, or the file that holds it and may be replaced at any time. */
export type PemSource =
  | { readonly kind: 'inline'; readonly pem: string }
  | { readonly kind: 'file'; readonly path: string };

/** As {@link PemSource}, for a private key. */
export type KeySource =
  | { readonly kind: 'inline'; readonly pem: Sensitive }
  | { readonly kind: 'file'; readonly path: string };

/** How the server proves who it is. */
export interface ServerTrust {
  /** Certificate authorities. @default those of Node */
  readonly authority?: PemSource;
  /** Name that the server certificate must carry. @default the host in the server's address */
  readonly serverName?: string;
  /** No proof is asked for. @default false */
  readonly insecure?: boolean;
}

/** An environment variable for a credential plugin. */
export interface ExecVariable {
  readonly name: string;
  readonly value: string;
}

/** A command that prints credentials: an exec plugin of client.authentication.k8s.io. */
export interface ExecPlugin {
  readonly apiVersion: 'client.authentication.k8s.io/v1' | 'client.authentication.k8s.io/v1beta1';
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly ExecVariable[];
  /** What to tell a user who does not have the command. */
  readonly installHint?: string;
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always';
  /** Whether the plugin is told about the cluster. */
  readonly provideClusterInfo: boolean;
}

/** What a user shows in the Authorization header. */
export type UserAuthentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: Sensitive }
  /** `fallback` counts until the file could be read. */
  | { readonly kind: 'tokenFile'; readonly path: string; readonly fallback?: Sensitive }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Sensitive }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

/** A client certificate and its key. */
export interface ClientCertificateSource {
  readonly certificate: PemSource;
  readonly key: KeySource;
}

/** Acting as somebody else, if the cluster allows it. */
export interface Impersonation {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: ReadonlyMap<string, readonly string[]>;
}

/** Who we are to the API server. */
export interface UserConfig {
  /** Where the user comes from, for messages: `user "x" of <file>`. */
  readonly origin: string;
  /** The kubeconfig it is in; what is secret of it is there, or in files of its own. */
  readonly file?: string;
  readonly authentication: UserAuthentication;
  readonly clientCertificate?: ClientCertificateSource;
  readonly impersonate?: Impersonation;
}

/** Everything needed to talk to one cluster. Nothing has been read from or sent to anywhere yet but configuration. */
export interface ClusterConfig {
  /** Where it comes from, for messages: `context "x" of <file>` or `service account of this pod`. */
  readonly origin: string;
  /** `http` or `https` URL; a path is put before every request's path. */
  readonly server: string;
  readonly trust: ServerTrust;
  /** An `http` or `https` proxy that tunnels. It may hold a password. */
  readonly proxy?: Sensitive;
  /** Namespace for names that carry none. */
  readonly namespace: string;
  readonly user: UserConfig;
  /** Cluster-specific settings for an exec plugin: the extension `client.authentication.k8s.io/exec`. */
  readonly execConfig?: unknown;
}
