import { setMaxListeners } from 'node:events';

/** The life of something long: its signal may have any number of listeners, which Node otherwise takes for a leak. */
export function lifetime(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
