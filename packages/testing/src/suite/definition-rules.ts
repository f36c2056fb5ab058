/** What every provider definition must keep to. Pure. */
import { podFieldPaths } from '@virtual-kubelet/kubernetes';
import type { Capabilities, Fidelity, ProviderDefinition } from '@virtual-kubelet/provider';
import { contractVersion, uncoveredFields, unknownFields } from '@virtual-kubelet/provider';

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function idempotencyProblems({ createIdempotency }: Capabilities): readonly string[] {
  if (createIdempotency === 'permanent' || createIdempotency === 'none') return [];
  return isCount(createIdempotency.windowSeconds) ? [] : ['createIdempotency.windowSeconds is no number of seconds'];
}

/** What is wrong with capabilities. */
export function capabilityProblems(capabilities: Capabilities): readonly string[] {
  const {
    terminalRetention,
    durability,
    reads,
    status = 'observation',
    restarts = 'platform',
    consumes,
  } = capabilities;
  const inputs = ['env', 'volumes', 'tokens', 'pullSecrets'] as const;
  return [
    ...idempotencyProblems(capabilities),
    ...(terminalRetention === 'unlimited' || isCount(terminalRetention) ? [] : ['terminalRetention is no time']),
    ...(['platform', 'process'].includes(durability) ? [] : [`durability is ${durability}`]),
    ...(['consistent', 'eventual'].includes(reads) ? [] : [`reads is ${reads}`]),
    ...(['observation', 'whole'].includes(status) ? [] : [`status is ${status}`]),
    ...(['platform', 'provider'].includes(restarts) ? [] : [`restarts is ${restarts}`]),
    ...inputs.filter((input) => typeof consumes[input] !== 'boolean').map((input) => `consumes.${input} is not said`),
    ...(consumes.tokens && !consumes.volumes ? ['consumes.tokens needs consumes.volumes'] : []),
  ];
}

function reasonOf(row: Fidelity): string {
  if (row === 'full') return 'full';
  return 'refused' in row ? row.refused : row.degraded;
}

function fidelityProblems({ fidelity }: ProviderDefinition): readonly string[] {
  const silent = Object.entries(fidelity).filter(([, row]) => reasonOf(row).trim() === '');
  return [
    ...uncoveredFields(fidelity, podFieldPaths).map((path) => `fidelity says nothing about ${path}`),
    ...unknownFields(fidelity, podFieldPaths).map((path) => `fidelity has a row for ${path}, which is no field`),
    ...silent.map(([path]) => `fidelity gives no reason for ${path}`),
  ];
}

/** What is wrong with a definition; empty when nothing is. */
export function definitionProblems(definition: ProviderDefinition): readonly string[] {
  const { contract, name, aliases = [], summary, configSchema } = definition;
  const names = [name, ...aliases];
  const version: unknown = contract;
  return [
    ...(version === contractVersion ? [] : [`contract is ${String(version)}, not ${contractVersion}`]),
    ...names.filter((one) => !/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(one)).map((one) => `not a name: ${one}`),
    ...names.filter((one, i) => names.indexOf(one) !== i).map((one) => `the name ${one} is there twice`),
    ...(summary.trim() === '' || summary.includes('\n') ? ['summary is not one line'] : []),
    ...(typeof configSchema['~standard']?.validate === 'function' ? [] : ['configSchema is no Standard Schema']),
    ...fidelityProblems(definition),
  ];
}
