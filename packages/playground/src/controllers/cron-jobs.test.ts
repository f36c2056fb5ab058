import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../store/json.js';
import { namesOf, template, testCluster } from './controllers.test-kit.js';
import { nextTime, parseSchedule } from './cron-schedule.js';

const at = (text: string): number => Date.parse(text);

function next(schedule: string, after: string, zone = 'UTC'): string | undefined {
  const parsed = parseSchedule(schedule);
  const time = parsed && nextTime(parsed, at(after), zone);
  return time === undefined ? undefined : new Date(time).toISOString().slice(0, 16);
}

describe('schedules', () => {
  it.each([
    ['*/5 * * * *', '2026-01-01T00:00:30Z', '2026-01-01T00:05'],
    ['0 0 * * *', '2026-01-31T12:00:00Z', '2026-02-01T00:00'],
    ['30 8 * * mon-fri', '2026-01-02T09:00:00Z', '2026-01-05T08:30'],
    ['0 0 13 * 5', '2026-01-03T00:00:00Z', '2026-01-09T00:00'],
    ['0 0 29 feb *', '2026-01-01T00:00:00Z', '2028-02-29T00:00'],
    ['@hourly', '2026-01-01T00:00:00Z', '2026-01-01T01:00'],
    ['15,45 1-2/1 1 * ?', '2026-01-01T01:20:00Z', '2026-01-01T01:45'],
    ['0 0 30 2 *', '2026-01-01T00:00:00Z', undefined],
  ])('%s after %s is %s', (schedule, after, expected) => {
    expect(next(schedule, after)).toBe(expected);
  });

  it('follow the clock of a time zone, also when it is set forward', () => {
    expect(next('0 9 * * *', '2026-03-27T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-28T08:00');
    expect(next('0 9 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T07:00');
    expect(next('30 5 * * *', '2026-01-01T00:00:00Z', 'Asia/Kolkata')).toBe('2026-01-02T00:00');
  });

  it.each(['', '* * * *', '60 * * * *', '* * * * mon-', '5-1 * * * *', '*/0 * * * *', 'a * * * *'])(
    '%j is none',
    (text) => {
      expect(parseSchedule(text)).toBeUndefined();
    },
  );

  it('never give a time that is not later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 4_000_000_000_000 }), (minute, after) => {
        const schedule = parseSchedule(`${minute} * * * *`);
        const time = schedule && nextTime(schedule, after, 'UTC');
        return (
          time !== undefined && time > after && time - after <= 3_600_000 && new Date(time).getUTCMinutes() === minute
        );
      }),
    );
  });
});

type Cluster = ReturnType<typeof testCluster>;

async function started(more: Json = {}): Promise<Cluster> {
  const cluster = testCluster();
  const jobTemplate = { spec: { template: template('tick', 'busybox', { restartPolicy: 'Never' }) } };
  const spec = { schedule: '*/1 * * * *', jobTemplate, ...more };
  await cluster.create(
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick', namespace: 'default' }, spec },
    'cronjobs',
  );
  return cluster;
}

const running = (cluster: Cluster) => cluster.list('pods').filter((pod) => pod.status?.phase === 'Pending');
const statusOf = (cluster: Cluster) => cluster.get('batch/cronjobs', 'default/tick')?.status;

describe('a CronJob', () => {
  it('makes a Job at each of its times, named by it, and keeps as many as history asks for', async () => {
    const cluster = await started({ successfulJobsHistoryLimit: 2 });
    expect(cluster.list('batch/jobs')).toHaveLength(0);
    for (let round = 0; round < 4; round++) {
      await cluster.clock.advance(60_000);
      await cluster.report(running(cluster), 'Succeeded');
    }
    const minute = at('2026-01-01T00:00:00Z') / 60_000;
    expect(namesOf(cluster.list('batch/jobs'))).toEqual([`tick-${minute + 3}`, `tick-${minute + 4}`]);
    expect(statusOf(cluster)).toMatchObject({
      lastScheduleTime: '2026-01-01T00:04:00Z',
      lastSuccessfulTime: '2026-01-01T00:04:00Z',
    });
    expect(cluster.troubles()).toEqual([]);
  });

  it('waits for the Job before, or ends it, as its policy says', async () => {
    const cautious = await started({ concurrencyPolicy: 'Forbid' });
    await cautious.clock.advance(180_000);
    expect(cautious.list('batch/jobs')).toHaveLength(1);
    await cautious.report(running(cautious), 'Succeeded');
    expect(running(cautious)).toHaveLength(1);
    const impatient = await started({ concurrencyPolicy: 'Replace' });
    await impatient.clock.advance(180_000);
    expect(running(impatient)).toHaveLength(1);
    expect(statusOf(impatient)?.active).toHaveLength(1);
  });

  it('does nothing while it is suspended, and nothing that is too late', async () => {
    const cluster = await started({ suspend: true, startingDeadlineSeconds: 30, schedule: '0 * * * *' });
    await cluster.clock.advance(3_700_000);
    await cluster.patch('cronjobs', 'tick', { spec: { suspend: false } });
    expect(cluster.list('batch/jobs')).toHaveLength(0);
    await cluster.clock.advance(3_500_000);
    expect(cluster.list('batch/jobs')).toHaveLength(1);
  });
});
