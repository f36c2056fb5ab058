/** The columns of nodes. */
import type { Json } from '../json.js';
import { field, json, list, text } from '../json.js';
import type { Column } from './column.js';
import { age, column, joined, none, unknown, wide } from './column.js';

/** Columns of nodes. */
export const nodeColumns: readonly Column[] = [
  column('Status', nodeStatus),
  column('Roles', (node) => joined(roles(node))),
  age,
  column('Version', (node) => text(node, 'status', 'nodeInfo', 'kubeletVersion')),
  wide('Internal-IP', (node) => address(node, 'InternalIP')),
  wide('External-IP', (node) => address(node, 'ExternalIP')),
  wide('OS-Image', (node) => text(node, 'status', 'nodeInfo', 'osImage') || unknown),
  wide('Kernel-Version', kernel),
  wide('Container-Runtime', (node) => text(node, 'status', 'nodeInfo', 'containerRuntimeVersion') || unknown),
];

function kernel(node: Json): string {
  const { kernelVersion, architecture } = json(node, 'status', 'nodeInfo');
  const version = typeof kernelVersion === 'string' && kernelVersion !== '' ? kernelVersion : unknown;
  return typeof architecture === 'string' && architecture !== '' ? `${version} (${architecture})` : version;
}

function nodeStatus(node: Json): string {
  const ready = list(node, 'status', 'conditions').find((one) => text(one, 'type') === 'Ready');
  const word = ready === undefined ? 'Unknown' : text(ready, 'status') === 'True' ? 'Ready' : 'NotReady';
  return field(json(node, 'spec'), 'unschedulable') === true ? `${word},SchedulingDisabled` : word;
}

const rolePrefix = 'node-role.kubernetes.io/';

function roles(node: Json): readonly string[] {
  const labels = json(node, 'metadata', 'labels');
  const own = Object.keys(labels)
    .filter((key) => key.startsWith(rolePrefix) && key.length > rolePrefix.length)
    .map((key) => key.slice(rolePrefix.length));
  const named = text(labels, 'kubernetes.io/role');
  return [...new Set(named === '' ? own : [...own, named])].toSorted();
}

function address(node: Json, type: string): string {
  return (
    text(
      list(node, 'status', 'addresses').find((one) => text(one, 'type') === type),
      'address',
    ) || none
  );
}
