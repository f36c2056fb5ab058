import { CodedError } from '@virtual-kubelet/base';
import { describe, expect, test } from 'vitest';
import { outcomeOf, statusText } from './status.js';

describe('the status of a remote command', () => {
  test.each([0, 1, 127, 137, 255])('carries exit code %i in versions that can', (exitCode) => {
    expect(outcomeOf('v4.channel.k8s.io', statusText('v4.channel.k8s.io', { exitCode }))).toEqual({ exitCode });
  });

  test.each([256, -1, 3_221_225_477])('says 255 for exit code %i, which clients could not read', (exitCode) => {
    const text = statusText('v5.channel.k8s.io', { exitCode });
    expect(outcomeOf('v5.channel.k8s.io', text)).toEqual({ exitCode: 255 });
    expect(text).toContain(`command terminated with non-zero exit code: ${exitCode}`);
  });

  test('is an internal error when the command could not be run', () => {
    expect(JSON.parse(statusText('v4.channel.k8s.io', { error: 'no' }))).toEqual({
      metadata: {},
      status: 'Failure',
      message: 'Internal error occurred: no',
      reason: 'InternalError',
      code: 500,
    });
  });

  test.each(['', 'null', '7', '{'])('is refused when it is %j', (text) => {
    expect(() => outcomeOf('v4.channel.k8s.io', text)).toThrow(CodedError);
  });
});
