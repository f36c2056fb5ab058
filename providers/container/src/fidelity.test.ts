import { podFieldPaths } from '@virtual-kubelet/kubernetes';
import { checkFidelity, uncoveredFields, unknownFields } from '@virtual-kubelet/provider';
import { describe, expect, it } from 'vitest';
import { containerFidelity } from './index.js';

describe('the fidelity table', () => {
  it('has a row for every field of the pod spec, and none for fields that do not exist', () => {
    expect(uncoveredFields(containerFidelity, podFieldPaths)).toEqual([]);
    expect(unknownFields(containerFidelity, podFieldPaths)).toEqual([]);
  });

  it('decides about every kind of volume by a row of its own', () => {
    const kinds = podFieldPaths
      .map((path) => /^spec\.volumes\[\]\.\w+/.exec(path)?.[0])
      .filter((path) => path !== undefined);
    expect([...new Set(kinds)].filter((kind) => !Object.hasOwn(containerFidelity, kind))).toEqual([]);
  });

  it('raises nothing for an ordinary pod as the API server fills it in', () => {
    const report = checkFidelity(containerFidelity, {
      spec: {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        priority: 0,
        schedulerName: 'default-scheduler',
        securityContext: {},
        serviceAccountName: 'default',
        containers: [{ name: 'a', image: 'nginx', stdin: false, securityContext: { privileged: false } }],
        volumes: [{ name: 'kube-api-access', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }],
      },
    });
    expect(report).toEqual({ refused: [], degraded: [] });
  });

  it('refuses a volume of a storage plug-in before anything is made', () => {
    const report = checkFidelity(containerFidelity, {
      spec: { containers: [{ name: 'a' }], volumes: [{ name: 'v', csi: { driver: 'x' } }] },
    });
    expect(report.refused).toEqual([{ field: 'spec.volumes[0].csi', reason: 'there are no storage plug-ins here' }]);
  });
});
