import { inject } from 'vitest';
import { attachControlPlane } from './attached.js';
import type { ControlPlane, ControlPlaneHandle } from './control-plane.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the control plane of this test run is. */
    controlPlane: ControlPlaneHandle;
  }
}

/** The control plane that all suites of a run share. They keep apart by namespaces and node names. */
export function sharedControlPlane(): ControlPlane {
  return attachControlPlane(inject('controlPlane'));
}
