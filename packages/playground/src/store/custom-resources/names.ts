/** Whether the names that definitions ask for are free (apiextensions-apiserver:pkg/controller/status). */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from '@virtual-kubelet/kubernetes';
import { semanticEqual } from '@virtual-kubelet/kubernetes';
import { conditionOf, withCondition } from '../conditions.js';
import { quoted } from '../quoted.js';

/** What names are read from. */
export type Definition = Pick<CustomResourceDefinition, 'metadata' | 'spec' | 'status'>;

/** A definition with its names among those of all others, at a time in milliseconds. */
export interface NamesQuestion {
  readonly definition: Definition;
  readonly others: readonly Definition[];
  readonly now: number;
}

/** The status of a definition after its names were looked at: once they are all accepted it is established for good. */
export function withAcceptedNames({ definition, others, now }: NamesQuestion): CustomResourceDefinitionStatus {
  const { status = {}, spec } = definition;
  const neighbours = others.filter(
    (one) => one.spec.group === spec.group && one.metadata?.uid !== definition.metadata?.uid,
  );
  const { names, conflict } = acceptedNames(spec.names, status.acceptedNames, taken(neighbours));
  const accepted: CustomResourceDefinitionCondition = conflict ?? {
    type: 'NamesAccepted',
    status: 'True',
    reason: 'NoConflicts',
    message: 'no conflicts found',
  };
  const told = withCondition(status.conditions, accepted, now);
  const conditions = isEstablished(definition) ? told : withCondition(told, established(conflict === undefined), now);
  return { ...status, acceptedNames: names, conditions };
}

/** Whether a definition's resources are served. */
export function isEstablished({ status }: Definition): boolean {
  return conditionOf(status?.conditions, 'Established')?.status === 'True';
}

function established(isAccepted: boolean): CustomResourceDefinitionCondition {
  const type = 'Established';
  return isAccepted
    ? { type, status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
    : { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}

interface Taken {
  /** Plurals, singulars and short names. */
  readonly resources: ReadonlySet<string>;
  /** Kinds and kinds of lists. */
  readonly kinds: ReadonlySet<string>;
}

function taken(neighbours: readonly Definition[]): Taken {
  const all = neighbours.map(({ status }) => status?.acceptedNames);
  return {
    resources: new Set(
      all.flatMap((names) => [names?.plural, names?.singular, ...(names?.shortNames ?? [])]).filter(isGiven),
    ),
    kinds: new Set(all.flatMap((names) => [names?.kind, names?.listKind]).filter(isGiven)),
  };
}

function isGiven(name: string | undefined): name is string {
  return name !== undefined && name !== '';
}

interface Acceptance {
  readonly names: CustomResourceDefinitionNames;
  readonly conflict?: CustomResourceDefinitionCondition;
}

/** Names that are in use by others stay what they were; all others become those asked for. */
function acceptedNames(
  asked: CustomResourceDefinitionNames,
  before: CustomResourceDefinitionNames | undefined,
  { resources, kinds }: Taken,
): Acceptance {
  const checks: readonly (readonly [keyof CustomResourceDefinitionNames, string, ReadonlySet<string>])[] = [
    ['plural', 'PluralConflict', resources],
    ['singular', 'SingularConflict', resources],
    ['shortNames', 'ShortNamesConflict', resources],
    ['kind', 'KindConflict', kinds],
    ['listKind', 'ListKindConflict', kinds],
  ];
  let names: CustomResourceDefinitionNames = { ...asked };
  let conflict: CustomResourceDefinitionCondition | undefined;
  for (const [name, reason, used] of checks) {
    const clashes = semanticEqual(asked[name], before?.[name])
      ? []
      : [asked[name] ?? []].flat().filter((one) => used.has(one));
    if (clashes.length === 0) continue;
    names = { ...names, [name]: before?.[name] ?? (name === 'shortNames' ? [] : '') };
    const message = clashes.map((one) => `${quoted(one)} is already in use`).join(', ');
    conflict = { type: 'NamesAccepted', status: 'False', reason, message };
  }
  return conflict === undefined ? { names } : { names, conflict };
}
