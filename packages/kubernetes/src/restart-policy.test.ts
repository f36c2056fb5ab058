import { describe, expect, it } from 'vitest';
import type { Container, ContainerRestartRule, PodSpec } from './index.js';
import { mayRestartAll, shouldRestart } from './index.js';

const container = (more: Partial<Container> = {}): Container => ({ name: 'c', ...more });
const spec = (restartPolicy?: string): PodSpec => ({
  containers: [],
  ...(restartPolicy === undefined ? {} : { restartPolicy }),
});
const rule = (action: string, operator: string, values: number[]): ContainerRestartRule => ({
  action,
  exitCodes: { operator, values },
});

describe('whether a container runs again', () => {
  it.each([
    ['Always', 0, true],
    ['Always', 1, true],
    ['OnFailure', 0, false],
    ['OnFailure', 1, true],
    ['Never', 1, false],
    [undefined, 0, true],
  ])('follows the policy %s of the pod after exit %i', (policy, exitCode, again) => {
    expect(shouldRestart(container(), spec(policy), exitCode)).toBe(again);
  });

  it('follows the policy of the container first, and its rules before that', () => {
    const careful = container({ restartPolicy: 'Never', restartPolicyRules: [rule('Restart', 'In', [42])] });
    expect(shouldRestart(careful, spec('Always'), 1)).toBe(false);
    expect(shouldRestart(careful, spec('Always'), 42)).toBe(true);
    const others = container({ restartPolicy: 'Never', restartPolicyRules: [rule('Restart', 'NotIn', [42])] });
    expect([1, 42].map((code) => shouldRestart(others, spec('Always'), code))).toEqual([true, false]);
  });

  it('can take the whole pod with it', () => {
    const all = container({ restartPolicy: 'Never', restartPolicyRules: [rule('RestartAllContainers', 'In', [1])] });
    expect(mayRestartAll({ containers: [container()] })).toBe(false);
    expect(mayRestartAll({ containers: [container(), all] })).toBe(true);
    expect(mayRestartAll({ containers: [], initContainers: [all] })).toBe(true);
  });
});
