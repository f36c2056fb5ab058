/** Environment, command, args and paths below volumes of one container (kubernetes/kubernetes:pkg/kubelet/kubelet_pods.go). Pure. */
import { Sensitive } from '@virtual-kubelet/base';
import { isRelaxedEnvVarName } from '@virtual-kubelet/kubernetes';
import type {
  Container,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  EphemeralContainer,
  Pod,
} from '@virtual-kubelet/kubernetes';
import { literal } from '@virtual-kubelet/provider';
import type { ContainerInputs, Expression, ExpressionPart } from '@virtual-kubelet/provider';
import type { Absent } from './config-content.js';
import type { ConfigEvent, ConfigProblem, Found } from './config-event.js';
import { warning } from './config-event.js';
import type { ConfigSnapshot } from './config-snapshot.js';
import type { ExpansionBudget, VariableLookup } from './expansion.js';
import { charge, expand, expansionLimit, ExpansionTooLarge } from './expansion.js';
import { environmentField } from './field-reference.js';
import type { ResourceList } from './resource-reference.js';
import { resourceField } from './resource-reference.js';
import { expandSubPaths } from './sub-paths.js';
import { decodedText } from './text-encoding.js';

/** What environments are made of beside the container. */
export interface EnvironmentContext {
  readonly pod: Pod;
  readonly snapshot: ConfigSnapshot;
  /** See `serviceVariablesMaker`. */
  readonly serviceVariables: ReadonlyMap<string, Expression>;
  readonly nodeAllocatable: ResourceList;
}

/** A container's part of the inputs. With problems it cannot start, and `inputs` is not complete. */
export interface ContainerEnvironment {
  readonly inputs: ContainerInputs;
  readonly notes: readonly ConfigEvent[];
  readonly problems: readonly ConfigProblem[];
}

/** The container under work. */
interface Work {
  readonly context: EnvironmentContext;
  readonly container: Container | EphemeralContainer;
  readonly env: Map<string, Expression>;
  readonly budget: ExpansionBudget;
  readonly notes: ConfigEvent[];
  readonly problems: ConfigProblem[];
  /** The variable being made, for messages. */
  at: string;
}

type ConfigKind = 'ConfigMap' | 'Secret';

interface KeyReference {
  readonly kind: ConfigKind;
  readonly name: string;
  readonly key: string;
  readonly optional: boolean;
}

function eventPath(work: Work): string {
  return `spec.containers{${work.container.name}}`;
}

/** Writes down that something is not there: a note where it may be, otherwise a problem. */
function notThere(work: Work, missing: { reason: string; message: string; optional: boolean }): void {
  const prefix = missing.optional ? 'Optional' : 'Mandatory';
  const message = `${missing.message}, wanted by ${work.at} of container "${work.container.name}"`;
  const event = warning(`${prefix}${missing.reason}`, message, eventPath(work));
  if (missing.optional) work.notes.push(event);
  else work.problems.push({ message: missing.message, events: [event] });
}

/** Writes down why the container cannot start, with the event kubelets use for it. */
function failed(work: Work, message: string): void {
  work.problems.push({
    message,
    events: [warning('Failed', `Error: ${message}`, eventPath(work))],
  });
}

function setVariable(work: Work, name: string, value: Expression): void {
  charge(work.budget, [{ from: 'literal', text: name }, ...value.parts]);
  // Its place is that of the definition that counts.
  work.env.delete(name);
  work.env.set(name, value);
}

function dataOf(work: Work, kind: ConfigKind, name: string): ReadonlyMap<string, string | Sensitive> | Absent {
  const { snapshot } = work.context;
  const content = kind === 'ConfigMap' ? snapshot.configMap(name) : snapshot.secret(name);
  return content === 'absent' ? content : content.data;
}

/** The part for a key; undefined for bytes that are not text, which is written down. */
function partOf(work: Work, reference: KeyReference, value: string | Sensitive): ExpressionPart | undefined {
  const { name, key } = reference;
  if (!(value instanceof Sensitive)) return { from: 'configMap', name, key, text: value };
  const text = decodedText(value);
  if (text) return { from: 'secret', name, key, text };
  failed(
    work,
    `key ${key} in Secret ${namespaceOf(work)}/${name} is not UTF-8 text, so it cannot be an environment variable`,
  );
  return undefined;
}

function namespaceOf(work: Work): string {
  return work.context.pod.metadata?.namespace ?? '';
}

function addConfigSource(work: Work, source: Omit<KeyReference, 'key'>, prefix: string): void {
  const { kind, name, optional } = source;
  work.at = 'envFrom';
  const data = dataOf(work, kind, name);
  if (data === 'absent') {
    return notThere(work, {
      reason: `${kind}NotFound`,
      message: `${kind.toLowerCase()} "${name}" not found`,
      optional,
    });
  }
  const invalid: string[] = [];
  for (const [key, value] of data) {
    if (!isRelaxedEnvVarName(prefix + key)) {
      invalid.push(prefix + key);
      continue;
    }
    const part = partOf(work, { ...source, key }, value);
    if (part) setVariable(work, prefix + key, { parts: [part] });
  }
  if (invalid.length > 0) noteInvalidNames(work, source, invalid);
}

function noteInvalidNames(work: Work, source: Omit<KeyReference, 'key'>, names: readonly string[]): void {
  const listed = names.toSorted().map((name) => JSON.stringify(name));
  const message = `Keys [${listed.join(', ')}] of ${source.kind} ${namespaceOf(work)}/${source.name} were left out: they are no names of environment variables`;
  work.notes.push(warning('InvalidEnvironmentVariableNames', message, eventPath(work)));
}

function addSource(work: Work, source: EnvFromSource): void {
  const { configMapRef, secretRef, prefix = '' } = source;
  const ref = configMapRef ?? secretRef;
  if (!ref) return;
  const kind = configMapRef ? 'ConfigMap' : 'Secret';
  addConfigSource(work, { kind, name: ref.name ?? '', optional: ref.optional === true }, prefix);
}

function addKey(work: Work, variable: string, reference: KeyReference): void {
  const { kind, name, key, optional } = reference;
  const data = dataOf(work, kind, name);
  if (data === 'absent') {
    return notThere(work, {
      reason: `${kind}NotFound`,
      message: `${kind.toLowerCase()} "${name}" not found`,
      optional,
    });
  }
  const value = data.get(key);
  if (value === undefined) {
    const message = `couldn't find key ${key} in ${kind} ${namespaceOf(work)}/${name}`;
    return notThere(work, { reason: `${kind}KeyNotFound`, message, optional });
  }
  const part = partOf(work, reference, value);
  if (part) setVariable(work, variable, { parts: [part] });
}

function addFound(work: Work, variable: string, found: Found<ExpressionPart>): void {
  if ('found' in found) setVariable(work, variable, { parts: [found.found] });
  else failed(work, `environment variable ${variable}: ${found.problem}`);
}

function resourcePart(work: Work, path: NonNullable<EnvVarSource['resourceFieldRef']>): Found<ExpressionPart> {
  const { pod, nodeAllocatable } = work.context;
  const value = resourceField(path, { pod, nodeAllocatable, container: work.container });
  return 'found' in value ? { found: { from: 'field', path: path.resource, text: value.found } } : value;
}

function addFromSource(work: Work, variable: string, source: EnvVarSource): void {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef, fileKeyRef } = source;
  if (fieldRef) return addFound(work, variable, environmentField(work.context.pod, fieldRef));
  if (resourceFieldRef) return addFound(work, variable, resourcePart(work, resourceFieldRef));
  const ref = configMapKeyRef ?? secretKeyRef;
  if (ref) {
    const kind = configMapKeyRef ? 'ConfigMap' : 'Secret';
    return addKey(work, variable, {
      kind,
      name: ref.name ?? '',
      key: ref.key,
      optional: ref.optional === true,
    });
  }
  const reason = fileKeyRef
    ? 'fileKeyRef is not supported by this node: the file is written where the pod runs, which the node cannot read'
    : 'its source is of a kind this node does not know';
  failed(work, `environment variable ${variable}: ${reason}`);
}

function addVariable(work: Work, variable: EnvVar, lookup: VariableLookup): void {
  const { name, value, valueFrom } = variable;
  work.at = `variable ${name}`;
  if (value) setVariable(work, name, expand(value, lookup, work.budget));
  else if (valueFrom) addFromSource(work, name, valueFrom);
  else setVariable(work, name, literal(''));
}

function addServiceVariables(work: Work): void {
  work.at = 'the variables for Services';
  for (const [name, value] of work.context.serviceVariables) {
    if (!work.env.has(name)) setVariable(work, name, value);
  }
}

function commandLine(work: Work, lookup: VariableLookup): Pick<ContainerInputs, 'command' | 'args'> {
  const { command, args } = work.container;
  const expanded = (words: readonly string[]): Expression[] => words.map((word) => expand(word, lookup, work.budget));
  work.at = 'command and args';
  return {
    ...(command && command.length > 0 ? { command: expanded(command) } : {}),
    ...(args && args.length > 0 ? { args: expanded(args) } : {}),
  };
}

/** What a container takes beside its variables. */
type Line = Pick<ContainerInputs, 'command' | 'args' | 'subPaths'>;

function build(work: Work): Line {
  const { container, context } = work;
  const lookup: VariableLookup = (name) => work.env.get(name) ?? context.serviceVariables.get(name);
  for (const source of container.envFrom ?? []) addSource(work, source);
  for (const variable of container.env ?? []) addVariable(work, variable, lookup);
  addServiceVariables(work);
  const line = commandLine(work, lookup);
  work.at = 'subPathExpr';
  const { paths, problems } = expandSubPaths(container.volumeMounts ?? [], lookup, work.budget);
  for (const problem of problems) failed(work, problem);
  return { ...line, ...(paths.length > 0 ? { subPaths: paths } : {}) };
}

/**
 * Resolves one container. `envFrom` comes first, then `env` in order, each seeing what is before it; the last definition
 * of a name counts. Everything that is missing is reported, not only the first.
 */
export function containerEnvironment(
  container: Container | EphemeralContainer,
  context: EnvironmentContext,
): ContainerEnvironment {
  const work: Work = {
    context,
    container,
    env: new Map(),
    budget: { left: expansionLimit },
    notes: [],
    problems: [],
    at: 'env',
  };
  let line: Line = {};
  try {
    line = build(work);
  } catch (error) {
    if (!(error instanceof ExpansionTooLarge)) throw error;
    failed(
      work,
      `environment and command line of container "${container.name}" take more than ${expansionLimit} characters, at ${work.at}`,
    );
  }
  const env = [...work.env].map(([name, value]) => ({ name, value }));
  return {
    inputs: { name: container.name, env, ...line },
    notes: work.notes,
    problems: work.problems,
  };
}
