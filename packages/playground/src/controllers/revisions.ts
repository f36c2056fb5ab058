/** ControllerRevisions: the templates that a StatefulSet or DaemonSet has had, numbered, so that it can go back. */
import type { ControllerRevision, PodTemplateSpec } from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Stored } from './kinds.js';
import { contentHash } from './hash.js';
import { controllerRef, managedBy } from './owned-pods.js';
import type { Addressed, Write } from './write.js';
import { createWrite, patchWrite, removeWrite } from './write.js';

/** Label with the revision that a pod was made from. */
export const revisionLabel = 'controller-revision-hash';

/** What has revisions. */
export interface Revised extends Addressed {
  readonly spec?: { readonly template?: PodTemplateSpec; readonly revisionHistoryLimit?: number };
}

/** The revisions of an object, and the writes that make them right. */
export interface Revisions {
  /** The name of the revision of the present template, such as `web-5d8c`. */
  readonly present: string;
  readonly hash: string;
  /** The template of a revision by its name. */
  templateOf(name: string): PodTemplateSpec | undefined;
  readonly writes: readonly Write[];
  /** Removes revisions that nothing uses any more, beyond the limit. */
  cleanup(inUse: ReadonlySet<string>): readonly Write[];
}

/** The form in which a revision keeps its template: a patch that puts it back. */
function dataOf(template: PodTemplateSpec | undefined): Readonly<Record<string, unknown>> {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** Looks at the revisions of an object. Before `writes` are made the present revision may not be there. */
export function revisionsOf(owner: Revised, view: ClusterView): Revisions {
  const known = managedBy<ControllerRevision>(view, owner, 'apps/controllerrevisions').toSorted(
    (a, b) => numberOf(a) - numberOf(b),
  );
  const template = owner.spec?.template;
  const hash = contentHash(template);
  const data = dataOf(template);
  const same = known.findLast((one) => semanticEqual(one.data, data));
  const newest = Math.max(0, ...known.map(numberOf));
  const present = same?.metadata.name ?? `${owner.metadata.name}-${hash}`;
  return {
    present,
    hash: same?.metadata.labels?.[revisionLabel] ?? hash,
    templateOf: (name) => (name === present ? template : templateIn(known.find((one) => one.metadata.name === name))),
    writes: presentWrites(owner, { same, newest, data, name: present, hash }),
    cleanup: (inUse) => {
      const idle = known.filter(({ metadata }) => metadata.name !== present && !inUse.has(metadata.name));
      const limit = owner.spec?.revisionHistoryLimit ?? 10;
      return idle.slice(0, Math.max(idle.length - limit, 0)).map((one) => removeWrite(one));
    },
  };
}

function numberOf(revision: Stored<ControllerRevision>): number {
  return revision.revision ?? 0;
}

function templateIn(revision: Stored<ControllerRevision> | undefined): PodTemplateSpec | undefined {
  const spec = revision?.data['spec'] as
    | { readonly template?: PodTemplateSpec & { readonly $patch?: string } }
    | undefined;
  if (spec?.template === undefined) return undefined;
  const { $patch: _directive, ...template } = spec.template;
  return template;
}

interface Present {
  readonly same: Stored<ControllerRevision> | undefined;
  readonly newest: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly hash: string;
}

/** A template that comes back gets the newest number. */
function presentWrites(owner: Revised, { same, newest, data, name, hash }: Present): readonly Write[] {
  if (same !== undefined) return numberOf(same) === newest ? [] : [patchWrite(same, { revision: newest + 1 })];
  const labels = { ...owner.spec?.template?.metadata?.labels, [revisionLabel]: hash };
  const { namespace } = owner.metadata;
  const metadata = { name, namespace, labels, ownerReferences: [controllerRef(owner)] };
  return [createWrite({ apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, data, revision: newest + 1 })];
}
