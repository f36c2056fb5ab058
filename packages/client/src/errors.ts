import { errorsOf } from '@virtual-kubelet/base';
import type { ErrorDefinition } from '@virtual-kubelet/base';

/** The codes of this package. */
export type ClientErrorCode =
  | 'VK_API_FORBIDDEN'
  | 'VK_API_MALFORMED'
  | 'VK_API_TIMEOUT'
  | 'VK_API_TLS'
  | 'VK_API_UNAUTHORIZED'
  | 'VK_API_UNAVAILABLE'
  | 'VK_API_UNREACHABLE'
  | 'VK_CLUSTER_NONE'
  | 'VK_CLUSTER_PROXY'
  | 'VK_CLUSTER_SERVICE_ACCOUNT'
  | 'VK_CREDENTIALS_CERTIFICATE'
  | 'VK_CREDENTIALS_EXEC_FAILED'
  | 'VK_CREDENTIALS_EXEC_INTERACTIVE'
  | 'VK_CREDENTIALS_EXEC_MISSING'
  | 'VK_CREDENTIALS_EXEC_OUTPUT'
  | 'VK_CREDENTIALS_FILE'
  | 'VK_KUBECONFIG_AUTH_PROVIDER'
  | 'VK_KUBECONFIG_CONTEXT'
  | 'VK_KUBECONFIG_INVALID'
  | 'VK_KUBECONFIG_MISSING'
  | 'VK_KUBECONFIG_REFERENCE'
  | 'VK_KUBECONFIG_SYNTAX'
  | 'VK_KUBECONFIG_UNREADABLE'
  | 'VK_WATCH_MALFORMED'
  | 'VK_WATCH_RESTORED'
  | 'VK_WATCH_SILENT';

/** What can go wrong between a configuration and an answer of the API server. */
export const clientErrors: Readonly<Record<ClientErrorCode, ErrorDefinition>> = {
  VK_API_FORBIDDEN: {
    message: 'the API server does not allow it: {detail}',
    remedy: 'Grant what is missing: "virtual-kubelet rbac" prints the roles that these settings need.',
    cause: 'The identity was recognised, but no role gives it this permission.',
    exit: 4,
  },
  VK_API_MALFORMED: {
    message: 'the answer to {call} makes no sense',
    remedy:
      'Check that the address in the configuration is that of a Kubernetes API server and that no proxy changes its answers.',
    cause: 'The server answered with a success, but not with the JSON that Kubernetes promises.',
  },
  VK_API_TIMEOUT: {
    message: '{call} had no answer within {seconds} s',
    remedy: 'Look at the load and the health of the API server and at the network on the way to it.',
    cause: 'The request was sent but not answered in time; it may have taken effect nevertheless.',
    exit: 4,
  },
  VK_API_TLS: {
    message: 'no trusted connection to {server}: {detail}',
    remedy:
      'Check that certificate-authority belongs to this cluster and that the address or tls-server-name is one the server certificate names.',
    cause:
      'The TLS handshake failed: the server certificate is not signed by the configured authority, has expired, names another host, or the server refused the client certificate.',
    exit: 4,
  },
  VK_API_UNAUTHORIZED: {
    message: 'the API server does not recognise these credentials: {detail}',
    remedy: 'Renew them: a token or client certificate may have expired, or belong to another cluster.',
    cause: 'The server was reached and trusted, but answered 401 to the token or client certificate it was shown.',
    exit: 4,
  },
  VK_API_UNAVAILABLE: {
    message: 'the API server cannot serve now: {detail}',
    remedy:
      'Look at the health of the API server ("kubectl get --raw /readyz?verbose") and of the proxy before it, if any.',
    cause:
      'The server answered, but with 429 or a status of 500 and above: it starts, it stops, or it has too much to do.',
    exit: 4,
  },
  VK_API_UNREACHABLE: {
    message: 'cannot talk to {server}: {detail}',
    remedy:
      'Check that the API server runs, that its address in the configuration is right, and that no firewall or proxy stands in between.',
    cause: 'The exchange broke before a whole answer had arrived.',
    exit: 4,
  },
  VK_CLUSTER_NONE: {
    message: 'no cluster is configured: {tried}',
    remedy:
      'Pass --kubeconfig, set KUBECONFIG, put a file at ~/.kube/config, or run inside a pod that has a service account token.',
    cause:
      'A cluster comes from --kubeconfig, else KUBECONFIG, else ~/.kube/config, else the service account of the pod; none of them is there.',
    exit: 3,
  },
  VK_CLUSTER_PROXY: {
    message: '{variable} holds no URL of an HTTP proxy',
    remedy: 'Set {variable} to http://host:port, or exclude the API server with NO_PROXY.',
    cause: 'The environment asks for a proxy of a kind that is not supported, such as SOCKS.',
    exit: 3,
  },
  VK_CLUSTER_SERVICE_ACCOUNT: {
    message: 'this looks like a pod, but {path} {detail}',
    remedy: 'Set automountServiceAccountToken: true on the pod and its service account, or pass --kubeconfig.',
    cause:
      'The environment names an API server as it does in every pod, but the volume with the credentials of the service account is not complete.',
    exit: 3,
  },
  VK_CREDENTIALS_CERTIFICATE: {
    message: 'cannot use the client certificate of {origin}: {detail}',
    remedy: 'Give a PEM certificate and the PEM private key that belongs to it.',
    cause: 'Certificate or key cannot be read, or they do not belong together.',
    exit: 3,
  },
  VK_CREDENTIALS_EXEC_FAILED: {
    message: 'credential plugin {command} failed: {detail}',
    remedy:
      'Run the command by hand with the arguments and environment of the kubeconfig; log in again if it asks for it.',
    cause: 'The command ended with an error, was stopped by a signal, or took too long.',
    exit: 3,
  },
  VK_CREDENTIALS_EXEC_INTERACTIVE: {
    message: 'credential plugin {command} must talk to a person, but standard input is no terminal',
    remedy:
      'Use credentials that need no person: a service account token, a client certificate, or a plugin with interactiveMode Never or IfAvailable.',
    cause: 'The kubeconfig says interactiveMode: Always.',
    exit: 3,
  },
  VK_CREDENTIALS_EXEC_MISSING: {
    message: 'credential plugin {command} is not there or may not be run',
    remedy: 'Install it and make sure that it is on the PATH.{hint}',
    cause: 'The kubeconfig gets its credentials from a command that could not be started.',
    exit: 3,
  },
  VK_CREDENTIALS_EXEC_OUTPUT: {
    message: 'credential plugin {command} printed no usable credential: {detail}',
    remedy: 'Check that the plugin supports the apiVersion that the kubeconfig names, and update one of the two.',
    cause:
      'A plugin prints one ExecCredential object of the configured apiVersion with a token, or a client certificate and its key, in its status.',
    exit: 3,
  },
  VK_CREDENTIALS_FILE: {
    message: 'cannot use {path}: {detail}',
    remedy: 'Check that the file exists, that this user may read it, and that it is complete.',
    cause: 'The configuration names a file with a token, a key or certificates that is of no use.',
    exit: 3,
  },
  VK_KUBECONFIG_AUTH_PROVIDER: {
    message: '{at}: auth-provider "{name}" is not supported',
    remedy:
      'Replace it by an exec plugin of your cloud (for example gke-gcloud-auth-plugin or kubelogin), or by a token.',
    cause: 'Kubernetes removed built-in auth providers in favour of exec plugins.',
    exit: 3,
  },
  VK_KUBECONFIG_CONTEXT: {
    message: '{problem} in {files}',
    remedy: 'Choose a context with --context or "kubectl config use-context". Contexts there: {contexts}.',
    cause: 'A kubeconfig may hold many clusters; the context says which one is meant.',
    exit: 3,
  },
  VK_KUBECONFIG_INVALID: {
    message: '{at}: {field} {problem}',
    remedy: 'Correct the field; "kubectl config view --raw" shows what kubectl reads.',
    cause: 'The file is YAML, but not a kubeconfig that can be used.',
    exit: 3,
  },
  VK_KUBECONFIG_MISSING: {
    message: '{from} names {files}, which does not exist',
    remedy: 'Correct the path, or leave {from} out to use ~/.kube/config or the service account.',
    cause: 'A configuration that was asked for is never replaced silently by another one.',
    exit: 3,
  },
  VK_KUBECONFIG_REFERENCE: {
    message: '{at}: context "{context}" names {kind} "{name}", which is not in {files}',
    remedy: 'Correct the name in the context, or add the file that holds the entry to the KUBECONFIG list.',
    cause: 'A context joins a cluster and a user by name.',
    exit: 3,
  },
  VK_KUBECONFIG_SYNTAX: {
    message: '{at}: not valid YAML ({problem})',
    remedy: 'Correct the file at this line and column.',
    cause: 'A kubeconfig is a YAML or JSON document.',
    exit: 3,
  },
  VK_KUBECONFIG_UNREADABLE: {
    message: 'cannot read {path}: {detail}',
    remedy: 'Check that it is a file and that this user may read it.',
    cause: 'The configuration file exists, but reading it failed.',
    exit: 3,
  },
  VK_WATCH_MALFORMED: {
    message: 'a watch sent a line that makes no sense: {detail}',
    remedy:
      'Nothing has to be done once: everything is read again. When it happens often, look for a proxy that changes answers.',
    cause:
      'A line of a watch was not an event as Kubernetes promises. It is never skipped, since a lost event would be lost for ever.',
    exit: 4,
  },
  VK_WATCH_RESTORED: {
    message: 'the API server went back from version {from} to {to}',
    remedy: 'Nothing to do if the cluster was restored from a backup: everything is read again.',
    cause: 'Versions only grow while a cluster lives, so its data were replaced by older ones.',
  },
  VK_WATCH_SILENT: {
    message: 'a watch was silent for {seconds} s',
    remedy:
      'Nothing has to be done once: the watch is opened again. When it happens often, look for a proxy or firewall that drops idle connections.',
    cause:
      'The API server sends a bookmark about once a minute. A connection without any byte for longer is dead although it looks open.',
    exit: 4,
  },
};

/** Makes this package's errors. */
export const clientError: ReturnType<typeof errorsOf<typeof clientErrors>> = errorsOf(clientErrors);
