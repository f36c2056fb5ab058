/** What goes after its time: events an hour after they were last told, Jobs when their TTL has passed. */
import { conditionOf } from '../store/conditions.js';
import type { Controller } from './controller.js';
import { noPlan } from './controller.js';
import { isFinished } from './jobs.js';
import { timeOf } from './times.js';
import { removeWrite } from './write.js';

const eventLife = 3_600_000;
const sweepInterval = 300_000;

/** Removes old events, some minutes after they are due: they are many, and nobody waits for it. */
export const eventExpiry: Controller = {
  name: 'event-expiry',
  watches: ['namespaces'],
  keysFor: ({ key }) => (key === 'default' ? ['all'] : []),
  reconcile(_key, view) {
    const old = view.list('events').filter((event) => {
      const { series, lastTimestamp, eventTime, metadata } = event;
      const told = timeOf(series?.lastObservedTime) ?? timeOf(lastTimestamp) ?? timeOf(eventTime);
      return (told ?? timeOf(metadata.creationTimestamp) ?? 0) + eventLife <= view.now;
    });
    return { writes: old.map((event) => removeWrite(event)), again: sweepInterval };
  },
};

/** Removes Jobs with `ttlSecondsAfterFinished`. */
export const jobExpiry: Controller = {
  name: 'job-expiry',
  watches: ['batch/jobs'],
  keysFor: ({ key, type }) => (type === 'DELETED' ? [] : [key]),
  reconcile(key, view) {
    const job = view.get('batch/jobs', key);
    const ttl = job?.spec?.ttlSecondsAfterFinished;
    if (job === undefined || ttl === undefined || !isFinished(job) || job.metadata.deletionTimestamp !== undefined)
      return noPlan;
    const { conditions } = job.status ?? {};
    const end = (conditionOf(conditions, 'Complete') ?? conditionOf(conditions, 'Failed'))?.lastTransitionTime;
    const left = (timeOf(end) ?? view.now) + ttl * 1000 - view.now;
    return left > 0 ? { writes: [], again: left } : { writes: [removeWrite(job, { propagation: 'Foreground' })] };
  },
};
