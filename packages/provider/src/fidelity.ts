import type { Container, Pod, PodSpec } from '@virtual-kubelet/kubernetes';

/** How truly a provider honours a field of the pod spec. */
export type Fidelity =
  | 'full'
  /** Works in a lesser way, as described; shown as a note. */
  | { readonly degraded: string; readonly unless?: readonly unknown[] }
  /** Not done: the pod is refused with this reason, unless the value is one of `unless` (API server defaults). */
  | { readonly refused: string; readonly unless?: readonly unknown[] };

/**
 * Field path (`spec.containers[].lifecycle`) to fidelity. A row covers all below it that has no row of its own;
 * the table must cover every field of the pod spec.
 */
export type FidelityTable = Readonly<Record<string, Fidelity>>;

type Rows<Path extends string> = { readonly [P in Path]: Fidelity };

/** One row for all containers of a list, or one for each of their fields. */
type ContainerRows = Rows<'spec.containers'> | Rows<'spec.containers[]'> | Rows<`spec.containers[].${keyof Container}`>;

/**
 * A table with a row for every field of the pod spec, checked by the compiler: one for `spec`, or one for each field below
 * it, of which `containers` may in turn be one row for each field of a container. When Kubernetes gets a new field, a table
 * without a row for all stops compiling until somebody has decided about it.
 */
export type CompleteFidelity = FidelityTable &
  (Rows<'spec'> | (Rows<`spec.${Exclude<keyof PodSpec, 'containers'>}`> & ContainerRows));

/** A field of one pod that will not be honoured in full. */
export interface FidelityFinding {
  /** Path with indices, such as `spec.containers[0].lifecycle`. */
  readonly field: string;
  readonly reason: string;
}

/** What a table says about one pod. */
export interface FidelityReport {
  /** Why the pod cannot run here; empty when it can. */
  readonly refused: readonly FidelityFinding[];
  readonly degraded: readonly FidelityFinding[];
}

/** The row that decides for a path: its own, or that of the nearest ancestor. */
export function fidelityOf(table: FidelityTable, path: string): Fidelity | undefined {
  for (let at = path; at !== ''; at = parentOf(at)) {
    if (Object.hasOwn(table, at)) return table[at];
  }
  return undefined;
}

function parentOf(path: string): string {
  if (path.endsWith('[]')) return path.slice(0, -2);
  return path.slice(0, Math.max(path.lastIndexOf('.'), 0));
}

/** The paths a table says nothing about: a complete table has none of `podFieldPaths` here. */
export function uncoveredFields(table: FidelityTable, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => fidelityOf(table, path) === undefined);
}

/** Rows that name no existing field, most likely misspelt. */
export function unknownFields(table: FidelityTable, paths: readonly string[]): readonly string[] {
  const known = new Set<string>();
  for (const path of paths) for (let at = path; at !== '' && !known.has(at); at = parentOf(at)) known.add(at);
  return Object.keys(table).filter((row) => !known.has(row));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** A table as the tree its paths are of: what has no row at or below it need not be looked at. */
interface RowTree {
  row?: Exclude<Fidelity, 'full'>;
  /** By field; by `[]` that of a list's elements. */
  readonly below: Map<string, RowTree>;
}

const trees = new WeakMap<FidelityTable, RowTree>();

function treeOf(table: FidelityTable): RowTree {
  const known = trees.get(table);
  if (known) return known;
  const root: RowTree = { below: new Map() };
  for (const [path, row] of Object.entries(table)) {
    if (row === 'full') continue;
    let at = root;
    for (const step of path.replaceAll('[]', '.[]').split('.')) {
      const next = at.below.get(step) ?? { below: new Map() };
      at.below.set(step, next);
      at = next;
    }
    at.row = row;
  }
  trees.set(table, root);
  return root;
}

/** Checks a pod against a table. Fields that are absent, empty or at a listed default raise nothing. */
export function checkFidelity(table: FidelityTable, pod: Pod): FidelityReport {
  const refused: FidelityFinding[] = [];
  const degraded: FidelityFinding[] = [];
  const visit = (value: unknown, { row, below }: RowTree, path: readonly string[]): void => {
    if (isEmpty(value)) return;
    if (row !== undefined && !row.unless?.some((other) => sameValue(other, value))) {
      const field = path.join('');
      if ('refused' in row) return void refused.push({ field, reason: row.refused });
      degraded.push({ field, reason: row.degraded });
    }
    if (typeof value !== 'object') return;
    const elements = Array.isArray(value) ? below.get('[]') : undefined;
    for (const [key, inner] of below.size === 0 ? [] : Object.entries(value as object)) {
      const next = elements ?? below.get(key);
      if (next) visit(inner, next, [...path, elements ? `[${key}]` : `.${key}`]);
    }
  };
  visit(pod.spec, treeOf(table).below.get('spec') ?? { below: new Map() }, ['spec']);
  return { refused, degraded };
}
