import type { ErrorDefinition } from '@virtual-kubelet/base';

type CliCode =
  | 'VK_USAGE'
  | 'VK_OPTION_VALUE'
  | 'VK_OPTION_REFUSED'
  | 'VK_PROVIDER_MISSING'
  | 'VK_PROVIDER_UNKNOWN'
  | 'VK_PROVIDER_MODULE'
  | 'VK_PROVIDER_EXPORT'
  | 'VK_PROVIDER_CONFIG'
  | 'VK_CONFIG_READ'
  | 'VK_CONFIG_SYNTAX'
  | 'VK_CONFIG_INVALID'
  | 'VK_STARTUP_TIMEOUT'
  | 'VK_BOOTSTRAP_CREDENTIALS'
  | 'VK_BOOTSTRAP_FORBIDDEN'
  | 'VK_BOOTSTRAP_DENIED'
  | 'VK_BOOTSTRAP_NOT_APPROVED'
  | 'VK_KEY_READABLE'
  | 'VK_METRICS_LISTEN';

/** Errors of the command. */
export const errors: Readonly<Record<CliCode, ErrorDefinition>> = {
  VK_USAGE: {
    message: '{problem}',
    remedy: '{remedy}',
    cause:
      'The command line has a command or an option that does not exist, a word too many, or an option without its value.',
    exit: 2,
  },
  VK_OPTION_VALUE: {
    message: '{option}: {problem}',
    remedy: 'correct it; the command tells with --help what each option takes',
    cause: 'A flag, an environment variable or an entry of the configuration file has a value that cannot be used.',
    exit: 2,
  },
  VK_OPTION_REFUSED: {
    message: '--{option} is not supported',
    remedy: '{remedy}',
    cause:
      'The flag exists in the Go implementation. Here it could not do what it says, so it is refused rather than ignored.',
    exit: 2,
  },
  VK_PROVIDER_MISSING: {
    message: 'no provider was chosen',
    remedy: 'start with --provider set to one of: {known}',
    cause: 'A virtual node needs something that runs its pods.',
    exit: 2,
  },
  VK_PROVIDER_UNKNOWN: {
    message: 'there is no provider "{name}"',
    remedy: 'use one of: {known}; or the path or package of a provider of your own, as ./my-provider.js',
    cause:
      'The name given to --provider is neither the name nor an alias of a provider this program contains, nor that of a package found from the working directory.',
    exit: 2,
  },
  VK_PROVIDER_MODULE: {
    message: 'cannot load the provider {name}: {problem}',
    remedy:
      'check the path, which is taken from the working directory, and that Node.js can run the file: TypeScript has to be compiled, unless Node.js is 22.18 or newer',
    cause:
      'A provider that is no part of this program is a JavaScript module, given by path or by the name of its package. Node.js could not load it.',
    exit: 3,
  },
  VK_PROVIDER_EXPORT: {
    message: '{file} does not export a provider',
    remedy:
      'let its default export be what defineProvider, or simpleProvider of the kit, gives: docs/providers.md shows both',
    cause:
      'The module was loaded, but its default export is not the definition of a provider: contract, name, configSchema, fidelity and open.',
    exit: 3,
  },
  VK_PROVIDER_CONFIG: {
    message: 'the provider configuration is not valid: {problems}',
    remedy: 'correct {path}; the fields are described on the page of the provider',
    cause: 'The file given to --provider-config was read, but the provider does not accept its content.',
    exit: 3,
  },
  VK_CONFIG_READ: {
    message: 'cannot read {path}: {problem}',
    remedy: 'check the path and its permissions',
    cause: 'A file that was named, such as a configuration or a manifest, is not there or could not be read.',
    exit: 3,
  },
  VK_CONFIG_SYNTAX: {
    message: '{at}: {problem}',
    remedy: 'correct the file',
    cause: 'The file is not well-formed YAML, JSON or TOML.',
    exit: 3,
  },
  VK_CONFIG_INVALID: {
    message: '{problems}',
    remedy: 'correct the file, or see "virtual-kubelet config print" for a complete one',
    cause: 'The configuration file has an entry that does not exist or a value that cannot be used.',
    exit: 3,
  },
  VK_STARTUP_TIMEOUT: {
    message: 'the node was not ready after {timeout}',
    remedy: 'look at the log lines before this one; raise --startup-timeout if the cluster is slow',
    cause:
      'With --startup-timeout the program gives up when the node is not ready in time. The time begins with the program and covers all of its start: settings, the provider, the first answer of the API server, a certificate that somebody has to approve, registration. Where something is known to be wrong by then, that is told instead.',
    exit: 1,
  },
  VK_BOOTSTRAP_CREDENTIALS: {
    message: 'the API server does not accept the bootstrap credentials of {origin}: {problem}',
    remedy: 'make a new token, for example with "kubeadm token create", and put it into the bootstrap kubeconfig',
    cause: 'Bootstrap tokens end, usually after a day; or the token is that of another cluster.',
    exit: 4,
  },
  VK_BOOTSTRAP_FORBIDDEN: {
    message: 'the bootstrap credentials of {origin} may not ask for a certificate: {problem}',
    remedy: 'bind the group system:bootstrappers to the ClusterRole system:node-bootstrapper',
    cause:
      'The API server knows the bootstrap credentials, but they lack the right to create or read CertificateSigningRequests.',
    exit: 4,
  },
  VK_BOOTSTRAP_DENIED: {
    message: 'the request {request} for the certificate of the node was denied: {problem}',
    remedy: 'ask whoever denied it; the next start asks again',
    cause:
      'Somebody, or a controller of the cluster, denied the CertificateSigningRequest, or the signer could not sign it.',
    exit: 1,
  },
  VK_BOOTSTRAP_NOT_APPROVED: {
    message: 'nobody approved the request {request} for the certificate of the node within {timeout}',
    remedy:
      'kubectl certificate approve {request}, then start again; to have it approved always, bind the group system:bootstrappers to the ClusterRole system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    cause:
      'Clusters approve requests of bootstrap credentials by themselves only where these are bound to the role for it.',
    exit: 1,
  },
  VK_KEY_READABLE: {
    message: '{readers} may read {path}, which holds a private key or a token',
    remedy: 'chmod 600 {path}; in a volume of a Secret, set defaultMode: 0400',
    cause:
      'A warning at the start: the mode of the file lets others than its owner read it, and whoever has the key or token can do what its owner may do.',
    exit: 3,
  },
  VK_METRICS_LISTEN: {
    message: 'cannot listen on {address} for metrics: {problem}',
    remedy: 'choose another address with --metrics-addr, or "none"',
    cause: 'The address is taken, or not one of this machine.',
    exit: 1,
  },
};

export { playgroundCommandErrors } from './playground/playground-errors.js';
