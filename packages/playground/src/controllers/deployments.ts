/** Deployments: one ReplicaSet for each template, the newest grown and the others shrunk within the bounds of the strategy. */
import type { Deployment, ReplicaSet } from '@virtual-kubelet/kubernetes';
import { matchesLabels, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { StoreEvent } from '../store/history.js';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import { controllerOf, typed } from './cluster-view.js';
import type { Controller, Plan } from './controller.js';
import { noPlan } from './controller.js';
import { deploymentStatus, progressDeadline } from './deployment-status.js';
import { desiredAnnotation, hasOldPods, nextSizes, sizeBounds, sizeOfNewest } from './deployment-rollout.js';
import type { Rollout, SizedSet } from './deployment-rollout.js';
import { eventWrite } from './events.js';
import { contentHash } from './hash.js';
import { controllerRef, managedBy, ownerKey, selectionOf } from './owned-pods.js';
import { hasEnded } from './pod-state.js';
import { createWrite, patchWrite, removeWrite, statusWrite } from './write.js';
import type { Write } from './write.js';

const by = 'deployment-controller';
const hashLabel = 'pod-template-hash';
/** Annotation that numbers the templates of a Deployment. */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';
const ownAnnotations: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  'deprecated.deployment.rollback.to',
]);

/** Keeps Deployments. */
export const deployments: Controller = {
  name: 'deployment',
  watches: ['apps/deployments', 'apps/replicasets', 'pods'],
  keysFor: keysFor,
  reconcile(key, view) {
    const deployment = view.get('apps/deployments', key);
    return deployment === undefined ? noPlan : planFor(deployment, view);
  },
};

function keysFor(event: StoreEvent, view: ClusterView): readonly string[] {
  if (event.storage === 'apps/deployments') return [event.key];
  if (event.storage === 'apps/replicasets') return keysForSet(event, view);
  // Recreate waits for the last old pod to be gone.
  const owner = controllerOf(event.object);
  const hasGone = event.type === 'DELETED' || hasEnded(typed(event.object));
  const set = hasGone && owner?.kind === 'ReplicaSet' ? view.ofUid(owner.uid) : undefined;
  return set === undefined ? [] : ownerKey(typed<ReplicaSet>(set.object), 'Deployment');
}

function keysForSet(event: StoreEvent, view: ClusterView): readonly string[] {
  const set = typed<ReplicaSet>(event.object);
  if (controllerOf(set) !== undefined) return ownerKey(set, 'Deployment');
  const before = event.previous === undefined ? [] : ownerKey(typed<ReplicaSet>(event.previous), 'Deployment');
  const selecting = view
    .list('apps/deployments', set.metadata.namespace)
    .filter((one) => matchesLabels(selectionOf(one.spec?.selector), set.metadata.labels));
  return [...before, ...selecting.map((one) => `${one.metadata.namespace}/${one.metadata.name}`)];
}

type Set = Stored<ReplicaSet>;

function planFor(deployment: Stored<Deployment>, view: ClusterView): Plan {
  const adoptions = adoptable(deployment, view);
  if (adoptions.length > 0) return { writes: adoptions.map((set) => adopt(set, deployment)) };
  const sets = managedBy<ReplicaSet>(view, deployment, 'apps/replicasets');
  const newest = newSet(deployment, sets);
  if (deployment.metadata.deletionTimestamp !== undefined) return statusPlan({ deployment, sets, newest, view });
  const old = sets.filter((set) => set !== newest);
  if (deployment.spec?.paused !== true) {
    const steps =
      newest === undefined
        ? creation(deployment, sets, view)
        : [...annotated(deployment, newest, old), ...scalings({ deployment, sets, newest, view })];
    if (steps.length > 0) return { writes: steps };
  } else if (newest !== undefined) {
    const steps = scalings({ deployment, sets, newest, view });
    if (steps.length > 0) return { writes: steps };
  }
  return statusPlan({ deployment, sets, newest, view });
}

function statusPlan(rollout: Rollout): Plan {
  const { deployment, view } = rollout;
  const status = deploymentStatus(rollout);
  const revision = rollout.newest?.metadata.annotations?.[revisionAnnotation];
  const isNumbered = revision === undefined || deployment.metadata.annotations?.[revisionAnnotation] === revision;
  const again = progressDeadline(deployment, status, view.now);
  return {
    writes: [
      ...(isNumbered
        ? []
        : [patchWrite(deployment, { metadata: { annotations: { [revisionAnnotation]: revision } } })]),
      ...(semanticEqual(status, deployment.status) || !isNumbered ? [] : [statusWrite(deployment, status)]),
      ...(isNumbered ? cleanup(rollout) : []),
    ],
    ...(again === undefined ? {} : { again }),
  };
}

function adoptable(deployment: Stored<Deployment>, view: ClusterView): readonly Set[] {
  if (deployment.metadata.deletionTimestamp !== undefined) return [];
  const requirements = selectionOf(deployment.spec?.selector);
  return view
    .list('apps/replicasets', deployment.metadata.namespace)
    .filter(
      (set) =>
        controllerOf(set) === undefined &&
        set.metadata.deletionTimestamp === undefined &&
        matchesLabels(requirements, set.metadata.labels),
    );
}

function adopt(set: Set, deployment: Stored<Deployment>): Write {
  return patchWrite(set, {
    metadata: { ownerReferences: [...(set.metadata.ownerReferences ?? []), controllerRef(deployment)] },
  });
}

/** The oldest ReplicaSet whose template is that of the Deployment, but for the hash. */
function newSet(deployment: Stored<Deployment>, sets: readonly Set[]): Set | undefined {
  const wanted = deployment.spec?.template;
  return byAge(sets).find((set) =>
    semanticEqual(withoutHash(set), { ...wanted, metadata: { ...wanted?.metadata, labels: wanted?.metadata?.labels } }),
  );
}

function withoutHash(set: Set): unknown {
  const template = set.spec?.template;
  const labels = Object.fromEntries(
    Object.entries(template?.metadata?.labels ?? {}).filter(([name]) => name !== hashLabel),
  );
  return { ...template, metadata: { ...template?.metadata, labels } };
}

function byAge(sets: readonly Set[]): readonly Set[] {
  const age = (set: Set): string => `${set.metadata.creationTimestamp} ${set.metadata.name}`;
  return sets.toSorted((a, b) => (age(a) < age(b) ? -1 : 1));
}

function revisionOf(set: Set): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? '0') || 0;
}

function nextRevision(sets: readonly Set[]): number {
  return Math.max(0, ...sets.map(revisionOf)) + 1;
}

function bounds(deployment: Stored<Deployment>): Readonly<Record<string, string>> {
  const { desired, most } = sizeBounds(deployment);
  return { [desiredAnnotation]: String(desired), [maxAnnotation]: String(most) };
}

function passedOn(deployment: Stored<Deployment>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !ownAnnotations.has(name)),
  );
}

function creation(deployment: Stored<Deployment>, sets: readonly Set[], view: ClusterView): readonly Write[] {
  const { spec, metadata } = deployment;
  const isHeldBack = spec?.strategy?.type === 'Recreate' && hasOldPods(sets, view);
  if (spec === undefined) return [];
  const shrink = scalings({ deployment, sets, newest: undefined, view });
  if (isHeldBack) return shrink;
  const hash = contentHash(spec.template, deployment.status?.collisionCount ?? 0);
  const name = `${metadata.name}-${hash}`;
  const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash };
  const replicas = sizeOfNewest(deployment, sets.map(sized), 0);
  const write = createWrite({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: metadata.namespace,
      labels,
      annotations: { ...passedOn(deployment), ...bounds(deployment), [revisionAnnotation]: String(nextRevision(sets)) },
      ownerReferences: [controllerRef(deployment)],
    },
    spec: {
      replicas,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  });
  return [
    {
      ...write,
      done: () => created({ deployment, name, replicas, view }),
      refused: ({ reason = '' }) => collision(deployment, reason),
    },
  ];
}

interface Created {
  readonly deployment: Stored<Deployment>;
  readonly name: string;
  readonly replicas: number;
  readonly view: ClusterView;
}

function created({ deployment, name, replicas, view }: Created): readonly Write[] {
  if (replicas === 0) return [];
  const message = `Scaled up replica set ${name} from 0 to ${replicas}`;
  return [eventWrite(view, deployment, { by, type: 'Normal', reason: 'ScalingReplicaSet', message })];
}

/** Another template with the same hash: the next try salts it. */
function collision(deployment: Stored<Deployment>, reason: string): readonly Write[] {
  if (reason !== 'AlreadyExists') return [];
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  return [statusWrite(deployment, { ...deployment.status, collisionCount })];
}

/** Gives the newest set its number and what the Deployment passes on. */
function annotated(deployment: Stored<Deployment>, newest: Set, old: readonly Set[]): readonly Write[] {
  const revision = Math.max(nextRevision(old), revisionOf(newest));
  const before = newest.metadata.annotations ?? {};
  const isRollback = before[revisionAnnotation] !== undefined && revisionOf(newest) < revision;
  const history = [before[historyAnnotation], before[revisionAnnotation]].filter(
    (one) => one !== undefined && one !== '',
  );
  const wanted: Readonly<Record<string, string>> = {
    ...passedOn(deployment),
    ...bounds(deployment),
    [revisionAnnotation]: String(revision),
    ...(isRollback ? { [historyAnnotation]: history.join(',') } : {}),
  };
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const isSame =
    Object.entries(wanted).every(([name, value]) => before[name] === value) &&
    (newest.spec?.minReadySeconds ?? 0) === minReadySeconds;
  return isSame ? [] : [patchWrite(newest, { metadata: { annotations: wanted }, spec: { minReadySeconds } })];
}

function sized(set: Set): SizedSet {
  const replicas = set.spec?.replicas ?? 0;
  return { name: set.metadata.name, replicas, available: set.status?.availableReplicas ?? 0 };
}

function scalings(rollout: Rollout): readonly Write[] {
  const { deployment, sets, newest, view } = rollout;
  const old = byAge(sets.filter((set) => set !== newest));
  const sizes = nextSizes(rollout, old.map(sized), newest && sized(newest));
  return sets.flatMap((set) => {
    const to = sizes.get(set.metadata.name) ?? set.spec?.replicas ?? 0;
    const from = set.spec?.replicas ?? 0;
    if (to === from) return [];
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${set.metadata.name} from ${from} to ${to}`;
    const told = { by, type: 'Normal', reason: 'ScalingReplicaSet', message } as const;
    return [
      {
        ...patchWrite(set, { metadata: { annotations: bounds(deployment) }, spec: { replicas: to } }),
        done: () => [eventWrite(view, deployment, told)],
      },
    ];
  });
}

/** Old templates beyond the limit of history go, oldest first. */
function cleanup({ deployment, sets, newest }: Rollout): readonly Write[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const idle = sets.filter(
    (set) =>
      set !== newest &&
      set.spec?.replicas === 0 &&
      (set.status?.replicas ?? 0) === 0 &&
      set.metadata.deletionTimestamp === undefined &&
      (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0),
  );
  const spare = idle.toSorted((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(idle.length - limit, 0));
  return spare.map((set) => removeWrite(set, { propagation: 'Background' }));
}
