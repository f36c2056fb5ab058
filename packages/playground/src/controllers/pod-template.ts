/** Pods from templates, as controllers make them. */
import type { PodSpec, PodTemplateSpec } from '@virtual-kubelet/kubernetes';
import { controllerRef } from './owned-pods.js';
import type { Addressed, Write } from './write.js';
import { createWrite } from './write.js';

/** What a pod has beyond its template. */
export interface PodChanges {
  /** A name of its own. Default: the owner's name and five letters. */
  readonly name?: string;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: (spec: PodSpec) => PodSpec;
}

/** A new pod of an owner. */
export function podWrite(owner: Addressed, template: PodTemplateSpec, changes: PodChanges = {}): Write {
  const { metadata = {}, spec } = template;
  const { name, generateName = `${owner.metadata.name}-` } = changes;
  const labels = { ...metadata.labels, ...changes.labels };
  const annotations = { ...metadata.annotations, ...changes.annotations };
  const finalizers = [...(metadata.finalizers ?? []), ...(changes.finalizers ?? [])];
  return createWrite({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: owner.metadata.namespace,
      ...(name === undefined ? { generateName } : { name }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ownerReferences: [controllerRef(owner)],
    },
    spec: changes.spec === undefined || spec === undefined ? spec : changes.spec(spec),
  });
}
