import { describe, expect, it } from 'vitest';
import { node, pod, template, testCluster } from './controllers.test-kit.js';

describe('what goes after its time', () => {
  it('are events, after an hour', async () => {
    const cluster = testCluster();
    await cluster.create(node('a'), 'nodes');
    await cluster.create(pod('web'), 'pods');
    await cluster.clock.advance(3_599_000);
    expect(cluster.events()).toContain('Scheduled: Successfully assigned default/web to a');
    await cluster.clock.advance(301_000);
    expect(cluster.events()).not.toContain('Scheduled: Successfully assigned default/web to a');
  });

  it('are Jobs with a time to live, and their pods with them', async () => {
    const cluster = testCluster();
    const spec = { ttlSecondsAfterFinished: 60, template: template('work', 'busybox', { restartPolicy: 'Never' }) };
    await cluster.create(
      { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work', namespace: 'default' }, spec },
      'jobs',
    );
    await cluster.report(cluster.list('pods'), 'Succeeded');
    await cluster.clock.advance(59_000);
    expect(cluster.list('batch/jobs')).toHaveLength(1);
    await cluster.clock.advance(1_000);
    expect(cluster.list('batch/jobs')).toHaveLength(0);
    expect(cluster.list('pods')).toHaveLength(0);
  });
});
