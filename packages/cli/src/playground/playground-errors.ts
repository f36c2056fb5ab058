import type { ErrorDefinition } from '@virtual-kubelet/base';

type PlaygroundCode =
  | 'VK_PLAYGROUND_LISTEN'
  | 'VK_PLAYGROUND_DATA'
  | 'VK_PLAYGROUND_CREDENTIALS'
  | 'VK_PLAYGROUND_MANIFEST'
  | 'VK_PLAYGROUND_APPLY'
  | 'VK_PLAYGROUND_KUBECONFIG'
  | 'VK_PLAYGROUND_PROVIDERS';

/** Errors of `virtual-kubelet playground`. */
export const playgroundCommandErrors: Readonly<Record<PlaygroundCode, ErrorDefinition>> = {
  VK_PLAYGROUND_LISTEN: {
    message: 'the API server cannot listen on port {port} of {address}: {problem}',
    remedy: 'choose another --port, or 0 for any free one; --address takes an address of this machine',
    cause: 'The port is taken or needs rights this user does not have, or the address is not one of this machine.',
    exit: 1,
  },
  VK_PLAYGROUND_DATA: {
    message: 'cannot use {path}: {problem}',
    remedy: 'check the permissions of the folder, or give another --data-dir; an empty one starts afresh',
    cause:
      'The folder that keeps the objects cannot be read or written, holds something that this version cannot read, or is in use.',
    exit: 3,
  },
  VK_PLAYGROUND_CREDENTIALS: {
    message: 'cannot use {path}: {problem}',
    remedy:
      'put the file back as it was, or remove it to get new credentials: the objects stay, kubeconfigs and tokens of earlier starts end',
    cause:
      'The file in the data folder that holds the keys and certificates of the API server was changed, is of another version, or holds certificates that have ended.',
    exit: 3,
  },
  VK_PLAYGROUND_MANIFEST: {
    message: '{at}: {problem}',
    remedy: 'correct the manifest',
    cause: 'A file given to --apply is no manifest of kinds that this API server has.',
    exit: 3,
  },
  VK_PLAYGROUND_APPLY: {
    message: '{at}: the API server refused {what}: {problem}',
    remedy: 'correct the manifest',
    cause: 'A manifest given to --apply is well formed, but not what the API allows.',
    exit: 3,
  },
  VK_PLAYGROUND_KUBECONFIG: {
    message: 'cannot write the kubeconfig to {path}: {problem}',
    remedy: 'choose another place with --kubeconfig',
    cause:
      'The file could not be written, or exists and was not written by a playground, or is that of a playground that still runs.',
    exit: 1,
  },
  VK_PLAYGROUND_PROVIDERS: {
    message: '--provider-config is for one provider, and there are several: {names}',
    remedy: 'start with one --provider, or without --provider-config',
    cause: 'One configuration file cannot be meant for several providers.',
    exit: 2,
  },
};
