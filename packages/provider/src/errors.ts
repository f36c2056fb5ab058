import type { ErrorDefinition } from '@virtual-kubelet/base';

/** Errors of the contract itself. */
export const errors: Readonly<Record<'VK_PROVIDER_CONTRACT' | 'VK_PROVIDER_NAME', ErrorDefinition>> = {
  VK_PROVIDER_CONTRACT: {
    message:
      'provider {name} is written for contract version {version}; this virtual kubelet supports version {supported}',
    remedy: 'install a release of the provider made for contract version {supported}',
    cause:
      'The contract between the virtual kubelet and providers has a major version. Providers of another major cannot be loaded, since calls could be misunderstood.',
    exit: 3,
  },
  VK_PROVIDER_NAME: {
    message: 'provider name "{name}" is not usable',
    remedy: 'use lower case letters, digits and dashes, starting with a letter, 63 characters at most',
    cause: 'The provider name becomes a label value, a taint value and a flag value.',
    exit: 3,
  },
};
