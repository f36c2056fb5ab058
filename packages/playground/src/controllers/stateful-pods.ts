/** The pods of a StatefulSet: each has a number, a name that stays, and volumes of its own. Pure. */
import type { PersistentVolumeClaim, PodSpec, PodTemplateSpec, StatefulSet } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored, StoredPod } from './kinds.js';
import { podWrite } from './pod-template.js';
import { revisionLabel } from './revisions.js';
import type { Write } from './write.js';
import { createWrite } from './write.js';

/** The number of a pod; undefined where the name is not one of the set's. */
export function ordinalOf(pod: StoredPod, set: Stored<StatefulSet>): number | undefined {
  const start = `${set.metadata.name}-`;
  const { name } = pod.metadata;
  return name.startsWith(start) && /^(0|[1-9]\d*)$/.test(name.slice(start.length))
    ? Number(name.slice(start.length))
    : undefined;
}

/** A revision by its hash, with its template. */
export interface SetRevision {
  readonly hash: string;
  readonly template: PodTemplateSpec;
}

/** The writes that make a pod: claims first, then the pod. */
export function statefulPodWrites(
  set: Stored<StatefulSet>,
  ordinal: number,
  { revision, view }: { readonly revision: SetRevision; readonly view: ClusterView },
): readonly Write[] {
  const name = `${set.metadata.name}-${ordinal}`;
  const labels = {
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
    [revisionLabel]: revision.hash,
  };
  const pod = podWrite(set, revision.template, { name, labels, spec: (spec) => withIdentity(spec, set, name) });
  return [...claimWrites(set, name, view), pod];
}

function claimName(claim: PersistentVolumeClaim, pod: string): string {
  return `${claim.metadata?.name}-${pod}`;
}

function withIdentity(spec: PodSpec, set: Stored<StatefulSet>, name: string): PodSpec {
  const claims = set.spec?.volumeClaimTemplates ?? [];
  const own = claims.map((claim) => ({
    name: claim.metadata?.name ?? '',
    persistentVolumeClaim: { claimName: claimName(claim, name) },
  }));
  const others = (spec.volumes ?? []).filter((volume) => !own.some((one) => one.name === volume.name));
  const volumes = [...own, ...others];
  const { serviceName = '' } = set.spec ?? {};
  return {
    ...spec,
    hostname: name,
    ...(serviceName === '' ? {} : { subdomain: serviceName }),
    ...(volumes.length === 0 ? {} : { volumes }),
  };
}

/** Claims stay when their pod goes, and are used again by the next with its number. */
function claimWrites(set: Stored<StatefulSet>, pod: string, view: ClusterView): readonly Write[] {
  const { namespace = '' } = set.metadata;
  const labels = set.spec?.selector.matchLabels ?? {};
  return (set.spec?.volumeClaimTemplates ?? []).flatMap((claim) => {
    const name = claimName(claim, pod);
    if (view.get('persistentvolumeclaims', `${namespace}/${name}`) !== undefined) return [];
    const { annotations, labels: own } = claim.metadata ?? {};
    const metadata = {
      name,
      namespace,
      labels: { ...own, ...labels },
      ...(annotations === undefined ? {} : { annotations }),
    };
    return [createWrite({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec: claim.spec })];
  });
}
