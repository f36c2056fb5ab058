import type { ErrorDefinition } from '@virtual-kubelet/base';

/** Errors of the mock provider. */
export const errors: Readonly<Record<'VK_MOCK_NODE_UNKNOWN', ErrorDefinition>> = {
  VK_MOCK_NODE_UNKNOWN: {
    message: 'the mock configuration has no entry for node "{node}" (it has: {known})',
    remedy: 'add an entry named "{node}" or "*" to the file, or start with --nodename set to one of its names',
    cause:
      'The configuration file of the mock provider maps node names to their capacity, and the node that was started is not among them.',
    exit: 3,
  },
};
