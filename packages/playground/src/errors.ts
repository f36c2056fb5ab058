import { errorsOf } from '@virtual-kubelet/base';

/** Errors of the playground by code. */
export const playgroundErrors = {
  VK_PLAYGROUND_NO_UPGRADE: {
    message: 'the in-process API server has no upgraded connections ({path})',
    remedy: 'Serve it over HTTP to use exec, attach, port-forward or WebSocket watches.',
    cause: 'Calls inside a process carry requests, answers and streams of answers, but no connections.',
  },
  VK_PLAYGROUND_CLOSED: {
    message: 'the API server is closed',
    remedy: 'Create a new playground; a closed one does not open again.',
    cause: 'A request was made after the playground had been closed.',
  },
} as const;

/** Makes an error of {@link playgroundErrors}. */
export const playgroundError: ReturnType<typeof errorsOf<typeof playgroundErrors>> = errorsOf(playgroundErrors);
