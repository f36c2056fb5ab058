/**
 * What is not compared at all, with the reason: names and times that each server makes up are compared by their being
 * equal or different, and these not even that.
 */

/** Something that is left out of comparisons. */
export interface Overlooked {
  /** Kinds whose objects it is in; all where none is named. */
  readonly kinds?: readonly string[];
  /** Names of fields or of keys of maps, wherever they are. */
  readonly fields: readonly string[];
  readonly reason: string;
}

/** All of it. */
export const overlooked: readonly Overlooked[] = [
  {
    fields: ['managedFields'],
    reason: 'Ownership by field is compared by what server-side apply does with it; its order and times are not.',
  },
  {
    fields: ['storageVersionHash'],
    reason:
      'Discovery upstream tells how objects are stored, for tools that migrate etcd. There is nothing to migrate here.',
  },
  {
    fields: ['serverAddressByClientCIDRs'],
    reason: 'The server does not know the addresses under which it is reached.',
  },
  {
    kinds: ['Node', 'PartialObjectMetadata'],
    fields: ['node.alpha.kubernetes.io/ttl', 'taints', 'resourceVersion'],
    reason: 'Controllers upstream write to new objects, and taint new nodes, while the comparison runs.',
  },
  {
    kinds: ['Scale'],
    fields: ['resourceVersion'],
    reason: 'A controller upstream writes the status of workloads while the comparison runs.',
  },
  {
    kinds: ['watch'],
    fields: ['BOOKMARK'],
    reason: 'A server sends bookmarks when it likes; only those that end initial events are compared.',
  },
  {
    kinds: ['Table'],
    fields: ['description', 'format', 'resourceVersion'],
    reason: 'Descriptions of columns are prose, the formats of numbers tell kubectl nothing, and others write, too.',
  },
  {
    kinds: ['PartialObjectMetadata'],
    fields: ['deprecated.daemonset.template.generation'],
    reason: 'Upstream makes tables of another form of the object, in which this annotation is a field.',
  },
];
