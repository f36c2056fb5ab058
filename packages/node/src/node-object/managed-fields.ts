/** What `metadata.managedFields` says about who wrote a field (KEP 555). */
import type { ManagedFieldsEntry } from '@virtual-kubelet/kubernetes';

/**
 * The name our writes are recorded under: given with every apply, and the first word of the user agent for all other writes,
 * which is what the Go implementation's are recorded under, too.
 */
export const fieldManager = 'virtual-kubelet';

type Managed = readonly ManagedFieldsEntry[] | undefined;

/**
 * The keys below a field that we wrote and nobody else did. Labels are meant by their key, conditions and addresses by
 * their type. So what an earlier process of ours wrote can be taken back, and what others wrote is left alone.
 *
 * @param path such as `['metadata', 'labels']`
 */
export function soleKeys(managed: Managed, path: readonly string[]): ReadonlySet<string> {
  const ours = new Set<string>();
  const theirs = new Set<string>();
  for (const entry of managed ?? []) {
    const into = entry.manager === fieldManager ? ours : theirs;
    for (const key of keysBelow(entry.fieldsV1, path)) into.add(key);
  }
  return new Set([...ours].filter((key) => !theirs.has(key)));
}

function keysBelow(fields: unknown, path: readonly string[]): readonly string[] {
  let at: unknown = fields;
  for (const step of path) at = child(at, `f:${step}`);
  if (typeof at !== 'object' || at === null) return [];
  return Object.keys(at).flatMap((key) => keyOf(key) ?? []);
}

function child(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

/** `f:name` is a field, `k:{"type":"Ready"}` an element of a keyed list, `.` the container itself. */
function keyOf(encoded: string): string | undefined {
  if (encoded.startsWith('f:')) return encoded.slice(2);
  if (!encoded.startsWith('k:')) return undefined;
  try {
    const type = child(JSON.parse(encoded.slice(2)), 'type');
    return typeof type === 'string' ? type : undefined;
  } catch {
    return undefined;
  }
}
