/** Labels and annotations: ours are applied (KEP 555), those of others are not looked at. */
import type { Node } from '@virtual-kubelet/kubernetes';
import { dictionaryPatch } from './dictionary.js';
import { soleKeys } from './managed-fields.js';
import type { DesiredNode } from './node-object.js';
import { lastAppliedAnnotations } from './node-object.js';

/** On a Node that was cordoned when its agent stopped, and by nobody else: the next start takes the cordon away. */
export const cordonedAnnotation = 'virtual-kubelet.io/cordoned-on-exit';

/** What has to be sent to put labels and annotations right. */
export interface MetadataDifference {
  /** Body of an apply, when one of ours is missing or reads otherwise. */
  readonly apply?: unknown;
  /**
   * Body of a merge patch, when one that we wrote is wanted no more. An apply alone would leave behind what was written when
   * the Node was created, since that write owns it, too.
   */
  readonly remove?: unknown;
}

/** Undefined when labels and annotations say what they should. */
export function metadataDifference(seen: Node, desired: DesiredNode): MetadataDifference | undefined {
  const changes = {
    labels: changesOf(seen, 'labels', desired),
    annotations: changesOf(seen, 'annotations', desired),
  };
  const isMissing = Object.values(changes).some((each) => Object.values(each).some((value) => value !== null));
  const removed = removalsIn(changes);
  const uid = seen.metadata?.uid === undefined ? {} : { uid: seen.metadata.uid };
  if (!isMissing && removed === undefined) return undefined;
  return {
    ...(isMissing ? { apply: applyBody(desired, uid) } : {}),
    ...(removed === undefined ? {} : { remove: { metadata: { ...uid, ...removed } } }),
  };
}

type Changes = Readonly<Record<string, string | null>>;

function changesOf(seen: Node, field: 'labels' | 'annotations', desired: DesiredNode): Changes {
  const ours = new Set(soleKeys(seen.metadata?.managedFields, ['metadata', field]));
  for (const key of field === 'annotations' ? lastAppliedAnnotations : []) ours.add(key);
  // Goes together with the cordon, not before it.
  ours.delete(cordonedAnnotation);
  return dictionaryPatch(seen.metadata?.[field], desired[field], ours) ?? {};
}

function removalsIn(changes: Readonly<Record<string, Changes>>): Record<string, Changes> | undefined {
  const fields = Object.entries(changes).map(([field, each]): [string, Changes] => [
    field,
    Object.fromEntries(Object.entries(each).filter(([, value]) => value === null)),
  ]);
  const filled = fields.filter(([, each]) => Object.keys(each).length > 0);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

/** The UID keeps an apply from creating a bare Node where ours has just been deleted. */
function applyBody(desired: DesiredNode, uid: { readonly uid?: string }): unknown {
  const { name, labels, annotations } = desired;
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, ...uid, labels, annotations } };
}
