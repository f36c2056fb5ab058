import type { ErrorDefinition } from '@virtual-kubelet/base';

type Code = 'VK_CONTAINER_ENGINE_MISSING' | 'VK_CONTAINER_ENGINE_UNREACHABLE' | 'VK_CONTAINER_ENGINE_OTHER';

/** Errors of the container provider. */
export const errors: Readonly<Record<Code, ErrorDefinition>> = {
  VK_CONTAINER_ENGINE_MISSING: {
    message: 'no container engine was found (looked for: {looked})',
    remedy:
      'start Podman (systemctl enable --now podman.socket) or Docker, or give the path of its socket as "socket" in the provider configuration',
    cause:
      'The container provider runs pods on a container engine of this machine, which it reaches by a Unix socket. None of the usual places has one.',
    exit: 3,
  },
  VK_CONTAINER_ENGINE_UNREACHABLE: {
    message: 'the container engine at {socket} does not answer: {problem}',
    remedy: 'check that the engine runs and that this user may open its socket',
    cause:
      'The socket exists, but the engine behind it does not answer. It may be stopped, or the user may lack the right to open the socket.',
    exit: 4,
  },
  VK_CONTAINER_ENGINE_OTHER: {
    message: 'the engine at {socket} is {found}, but {wanted} was asked for',
    remedy: 'use --provider container, which takes what is there, or give the right socket',
    cause: 'The provider was asked for one engine by name, and its socket is served by another.',
    exit: 3,
  },
};
