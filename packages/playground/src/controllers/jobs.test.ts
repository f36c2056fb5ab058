import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { template, testCluster } from './controllers.test-kit.js';

type Cluster = ReturnType<typeof testCluster>;

function job(more: Json = {}, pod: Json = {}) {
  const spec = { template: template('work', 'busybox', { restartPolicy: 'Never', ...pod }), ...more };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work', namespace: 'default' }, spec };
}

const statusOf = (cluster: Cluster) => cluster.get('batch/jobs', 'default/work')?.status;
const conditions = (cluster: Cluster) => statusOf(cluster)?.conditions?.map(({ type, reason }) => `${type} ${reason}`);
const running = (cluster: Cluster) =>
  cluster
    .list('pods')
    .filter(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined && !['Succeeded', 'Failed'].includes(pod.status?.phase ?? ''),
    );

describe('a Job', () => {
  it('runs one pod to its end', async () => {
    const cluster = testCluster();
    await cluster.create(job(), 'jobs');
    expect(statusOf(cluster)).toMatchObject({ active: 1, ready: 0 });
    expect(cluster.list('pods')[0]?.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
    await cluster.report(running(cluster), 'Succeeded');
    expect(statusOf(cluster)).toMatchObject({
      succeeded: 1,
      ready: 0,
      terminating: 0,
      completionTime: '2026-01-01T00:00:00Z',
    });
    expect(conditions(cluster)).toEqual(['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
    expect(cluster.list('pods')[0]?.metadata.finalizers ?? []).toEqual([]);
    expect(cluster.events()).toContain('Completed: Job completed');
  });

  it('keeps as many pods at once as it may, until enough have succeeded', async () => {
    const cluster = testCluster();
    await cluster.create(job({ completions: 5, parallelism: 2 }), 'jobs');
    expect(running(cluster)).toHaveLength(2);
    await cluster.report(running(cluster), 'Succeeded');
    await cluster.report(running(cluster), 'Succeeded');
    expect(running(cluster)).toHaveLength(1);
    await cluster.report(running(cluster), 'Succeeded');
    expect(statusOf(cluster)).toMatchObject({ succeeded: 5 });
  });

  it('tries again after failures, each time later, and gives up at its limit', async () => {
    const cluster = testCluster();
    await cluster.create(job({ backoffLimit: 2 }), 'jobs');
    await cluster.report(running(cluster), 'Failed');
    expect(running(cluster)).toHaveLength(0);
    await cluster.clock.advance(10_000);
    expect(running(cluster)).toHaveLength(1);
    await cluster.report(running(cluster), 'Failed');
    await cluster.clock.advance(19_000);
    expect(running(cluster)).toHaveLength(0);
    await cluster.clock.advance(1_000);
    await cluster.report(running(cluster), 'Failed');
    expect(statusOf(cluster)).toMatchObject({ failed: 3 });
    expect(conditions(cluster)).toEqual(['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
  });

  it('gives each pod an index, and again the index of one that failed', async () => {
    const cluster = testCluster();
    await cluster.create(job({ completions: 4, parallelism: 4, completionMode: 'Indexed' }), 'jobs');
    const index = (pod: { metadata: { annotations?: Readonly<Record<string, string>> } }) =>
      pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'];
    expect(new Set(running(cluster).map(index))).toEqual(new Set(['0', '1', '2', '3']));
    const [first] = running(cluster);
    expect(first?.spec?.hostname).toBe(`work-${first && index(first)}`);
    expect(first?.spec?.containers[0]?.env).toMatchObject([{ name: 'JOB_COMPLETION_INDEX' }]);
    await cluster.report(
      running(cluster).filter((pod) => index(pod) === '1'),
      'Failed',
    );
    await cluster.report(running(cluster), 'Succeeded');
    expect(statusOf(cluster)).toMatchObject({ succeeded: 3, completedIndexes: '0,2,3', failed: 1 });
    await cluster.clock.advance(10_000);
    expect(running(cluster).map(index)).toEqual(['1']);
    await cluster.report(running(cluster), 'Succeeded');
    expect(statusOf(cluster)).toMatchObject({ completedIndexes: '0-3' });
  });

  it('counts a pod that was deleted before its end as failed', async () => {
    const cluster = testCluster();
    await cluster.create(job(), 'jobs');
    await cluster.remove('pods', running(cluster)[0]?.metadata.name ?? '');
    expect(statusOf(cluster)).toMatchObject({ failed: 1 });
    expect(cluster.list('pods')).toHaveLength(0);
    await cluster.clock.advance(10_000);
    expect(running(cluster)).toHaveLength(1);
  });

  it('ends by its deadline, and its pods with it', async () => {
    const cluster = testCluster();
    await cluster.create(job({ activeDeadlineSeconds: 30 }), 'jobs');
    await cluster.clock.advance(30_000);
    await cluster.finishDeletions();
    expect(conditions(cluster)).toEqual(['FailureTarget DeadlineExceeded', 'Failed DeadlineExceeded']);
    expect(cluster.list('pods')).toHaveLength(0);
  });

  it('takes its pods with it when it is deleted', async () => {
    const cluster = testCluster();
    await cluster.create(job({ parallelism: 2, completions: 2 }), 'jobs');
    await cluster.remove('jobs', 'work', { propagationPolicy: 'Background' });
    expect(cluster.list('pods')).toHaveLength(0);
  });

  it('has no pods while it is suspended', async () => {
    const cluster = testCluster();
    await cluster.create(job({ suspend: true }), 'jobs');
    expect(cluster.list('pods')).toHaveLength(0);
    expect(conditions(cluster)).toEqual(['Suspended JobSuspended']);
    await cluster.patch('jobs', 'work', { spec: { suspend: false } });
    expect(running(cluster)).toHaveLength(1);
    expect(conditions(cluster)).toEqual(['Suspended JobResumed']);
  });

  it('follows its failure policy', async () => {
    const cluster = testCluster();
    const rules = [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } },
    ];
    await cluster.create(job({ podFailurePolicy: { rules } }), 'jobs');
    await cluster.report(running(cluster), 'Failed', { conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
    expect(statusOf(cluster)?.failed).toBeUndefined();
    expect(running(cluster)).toHaveLength(1);
    const containerStatuses = [
      { name: 'c', image: 'x', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 42 } } },
    ];
    await cluster.report(running(cluster), 'Failed', { containerStatuses });
    expect(conditions(cluster)).toEqual(['FailureTarget PodFailurePolicy', 'Failed PodFailurePolicy']);
  });

  it('makes no pods where it asks for rules that are not there, and says so', async () => {
    const cluster = testCluster();
    await cluster.create(job({ completions: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1 }), 'jobs');
    expect(cluster.list('pods')).toHaveLength(0);
    expect(cluster.events()).toEqual([
      'NotImplemented: this control plane does not implement spec.backoffLimitPerIndex: no pods are made',
    ]);
  });
});
