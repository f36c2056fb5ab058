import type { ContainerStatus, Pod } from '@virtual-kubelet/kubernetes';
import { describe, expect, it } from 'vitest';
import { logRefusal } from './index.js';

function podWith(status: Partial<ContainerStatus> | undefined, place: string = 'containerStatuses'): Pod {
  const whole = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, ...status };
  return {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c' }], initContainers: [{ name: 'i' }] },
    status: status === undefined ? {} : { [place]: [whole] },
  };
}

const terminated = { terminated: { exitCode: 1 } };
const waiting = (reason?: string) => ({ waiting: reason === undefined ? {} : { reason } });

describe('the log of a container', () => {
  it.each([
    ['runs', { state: { running: {} } }],
    ['ended', { state: terminated }],
    ['waits after a crash', { state: waiting('CrashLoopBackOff'), lastState: terminated }],
  ])('can be read when it %s', (_, status) => {
    expect(logRefusal(podWith(status), 'c', false)).toBeUndefined();
  });

  it.each([
    [undefined, 'container "c" in pod "p" is not available'],
    [{ state: waiting('ContainerCreating') }, 'container "c" in pod "p" is waiting to start: ContainerCreating'],
    [{ state: waiting('ErrImagePull') }, 'container "c" in pod "p" is waiting to start: image can\'t be pulled'],
    [
      { state: waiting('ImagePullBackOff') },
      'container "c" in pod "p" is waiting to start: trying and failing to pull image',
    ],
    [{ state: waiting() }, 'container "c" in pod "p" is waiting to start - no logs yet'],
    [{}, 'container "c" in pod "p" is waiting to start - no logs yet'],
  ])('cannot be read from %j', (status, message) => {
    expect(logRefusal(podWith(status), 'c', false)).toEqual({ status: 400, message });
  });

  it('of the run before needs a run before', () => {
    expect(logRefusal(podWith({ state: { running: {} }, lastState: terminated }), 'c', true)).toBeUndefined();
    expect(logRefusal(podWith({ state: terminated }), 'c', true)).toEqual({
      status: 400,
      message: 'previous terminated container "c" in pod "p" not found',
    });
  });

  it('is found among init and ephemeral containers too', () => {
    expect(logRefusal(podWith({ name: 'i', state: terminated }, 'initContainerStatuses'), 'i', false)).toBeUndefined();
    const debugged: Pod = {
      metadata: { name: 'p' },
      spec: { containers: [], ephemeralContainers: [{ name: 'debugger' }] },
    };
    expect(logRefusal(debugged, 'debugger', false)?.status).toBe(400);
  });

  it('of a container the pod does not have is not found', () => {
    expect(logRefusal(podWith({}), 'x', false)).toEqual({
      status: 404,
      message: 'container "x" not found in pod "p"\n',
    });
  });
});
