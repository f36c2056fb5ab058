/** Containers of all three lists. */
import { isPortName, isRelaxedEnvVarName } from '@virtual-kubelet/kubernetes';
import { invalidValue, required } from '../field-error.js';
import type { FieldError } from '../field-error.js';
import { at, field, json, list, number, text } from '../json.js';
import type { Errors } from './check.js';
import { between, given, label, notNegative, oneOf, unique } from './check.js';
import { resourceErrors } from './resource-validation.js';

/** What a container may refer to. */
export interface ContainerPlace {
  readonly path: string;
  /** Names that are taken, in all lists of the pod. */
  readonly names: Set<string>;
  readonly volumes: ReadonlySet<string>;
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'] as const;
const messagePolicies = ['File', 'FallbackToLogsOnError'] as const;

/** What is wrong with a container. */
export function containerErrors(container: unknown, place: ContainerPlace): Errors {
  const { path } = place;
  const image = text(container, 'image');
  const name = label(`${path}.name`, text(container, 'name'));
  return [
    ...(name.length > 0 ? name : unique(`${path}.name`, text(container, 'name'), place.names)),
    ...(image === '' ? [required(`${path}.image`)] : []),
    ...(image === image.trim()
      ? []
      : [invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace')]),
    ...oneOf(`${path}.imagePullPolicy`, at(container, 'imagePullPolicy'), pullPolicies),
    ...oneOf(`${path}.terminationMessagePolicy`, at(container, 'terminationMessagePolicy'), messagePolicies),
    ...portErrors(container, path),
    ...variableErrors(container, path),
    ...mountErrors(container, place),
    ...probes.flatMap((probe) => probeErrors(container, path, probe)),
    ...hookErrors(container, path),
    ...resourceErrors(`${path}.resources`, json(container, 'resources')),
  ];
}

function portErrors(container: unknown, path: string): Errors {
  const names = new Set<string>();
  return list(container, 'ports').flatMap((port, index) => {
    const here = `${path}.ports[${index}]`;
    const name = text(port, 'name');
    const containerPort = number(port, 'containerPort') ?? 0;
    return [
      ...(name === '' ? [] : portNameErrors(`${here}.name`, name, names)),
      ...(containerPort === 0
        ? [required(`${here}.containerPort`)]
        : between(`${here}.containerPort`, containerPort, [1, 65_535])),
      ...between(`${here}.hostPort`, number(port, 'hostPort'), [1, 65_535]),
      ...oneOf(`${here}.protocol`, at(port, 'protocol'), ['SCTP', 'TCP', 'UDP']),
    ];
  });
}

function portNameErrors(path: string, name: string, names: Set<string>): Errors {
  if (isPortName(name)) return unique(path, name, names);
  return [invalidValue(path, name, 'must be at most 15 lower case letters, digits and single hyphens, with a letter')];
}

function variableErrors(container: unknown, path: string): Errors {
  const variables = list(container, 'env').flatMap((variable, index) =>
    variableFaults(variable, `${path}.env[${index}]`),
  );
  const sources = list(container, 'envFrom').flatMap((source, index) =>
    envFromErrors(source, `${path}.envFrom[${index}]`),
  );
  return [...variables, ...sources];
}

function variableFaults(variable: unknown, path: string): Errors {
  const name = text(variable, 'name');
  const isFine = name === '' || isRelaxedEnvVarName(name);
  return [
    ...given(`${path}.name`, name),
    ...(isFine ? [] : [invalidValue(`${path}.name`, name, "must be printable ASCII characters other than '='")]),
    ...valueFromErrors(variable, `${path}.valueFrom`),
  ];
}

const envFields =
  /^(?:metadata\.(?:name|namespace|uid)|metadata\.(?:labels|annotations)\['[^']+'\]|spec\.(?:nodeName|serviceAccountName)|status\.(?:hostIP|hostIPs|podIP|podIPs))$/;

function valueFromErrors(variable: unknown, path: string): Errors {
  const source = field(variable, 'valueFrom');
  if (source === undefined) return [];
  const kinds = Object.keys(json(variable, 'valueFrom'));
  const fieldPath = text(source, 'fieldRef', 'fieldPath');
  const isField = at(source, 'fieldRef') !== undefined;
  return [
    ...(text(variable, 'value') === ''
      ? []
      : [invalidValue(path, '', 'may not be specified when `value` is not empty')]),
    ...(kinds.length === 0
      ? [
          invalidValue(
            path,
            '',
            'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
          ),
        ]
      : []),
    ...(kinds.length > 1 ? [invalidValue(path, '', 'may not have more than one field specified at a time')] : []),
    ...(isField ? given(`${path}.fieldRef.fieldPath`, fieldPath) : []),
    ...(!isField || fieldPath === '' || envFields.test(fieldPath)
      ? []
      : [invalidValue(`${path}.fieldRef.fieldPath`, fieldPath, 'is not a field that a variable can take')]),
    ...keyRefErrors(source, path),
  ];
}

function keyRefErrors(source: unknown, path: string): Errors {
  return (['configMapKeyRef', 'secretKeyRef'] as const).flatMap((kind) => {
    const ref = at(source, kind);
    if (ref === undefined) return [];
    return [...given(`${path}.${kind}.name`, text(ref, 'name')), ...given(`${path}.${kind}.key`, text(ref, 'key'))];
  });
}

function envFromErrors(source: unknown, path: string): Errors {
  const kinds = (['configMapRef', 'secretRef'] as const).filter((kind) => at(source, kind) !== undefined);
  if (kinds.length === 0) return [invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`')];
  return kinds.flatMap((kind) => given(`${path}.${kind}.name`, text(source, kind, 'name')));
}

function mountErrors(container: unknown, { path, volumes }: ContainerPlace): Errors {
  const paths = new Set<string>();
  return list(container, 'volumeMounts').flatMap((mount, index) => {
    const here = `${path}.volumeMounts[${index}]`;
    const name = text(mount, 'name');
    const mountPath = text(mount, 'mountPath');
    const isTaken = paths.has(mountPath);
    paths.add(mountPath);
    return [
      ...given(`${here}.name`, name),
      ...(name === '' || volumes.has(name) ? [] : [notFoundField(`${here}.name`, name)]),
      ...given(`${here}.mountPath`, mountPath),
      ...(isTaken ? [invalidValue(`${here}.mountPath`, mountPath, 'must be unique')] : []),
    ];
  });
}

/** The value names something that is not there. */
export function notFoundField(path: string, value: unknown): FieldError {
  return { reason: 'FieldValueNotFound', field: path, value, detail: '' };
}

const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
const handlers = ['exec', 'grpc', 'httpGet', 'sleep', 'tcpSocket'] as const;

function probeErrors(container: unknown, path: string, name: (typeof probes)[number]): Errors {
  const probe = at(container, name);
  if (probe === undefined) return [];
  const here = `${path}.${name}`;
  const numbers = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];
  const success = number(probe, 'successThreshold') ?? 1;
  return [
    ...handlerErrors(probe, here),
    ...numbers.flatMap((each) => notNegative(`${here}.${each}`, at(probe, each))),
    ...(name === 'readinessProbe' || success === 1
      ? []
      : [invalidValue(`${here}.successThreshold`, success, 'must be 1')]),
  ];
}

function handlerErrors(holder: unknown, path: string): Errors {
  const found = handlers.filter((name) => at(holder, name) !== undefined);
  if (found.length === 0) return [required(path, 'must specify a handler type')];
  const extra = found.slice(1).map((name) => forbiddenHandler(`${path}.${name}`));
  const port =
    text(holder, 'httpGet', 'scheme') === ''
      ? []
      : oneOf(`${path}.httpGet.scheme`, at(holder, 'httpGet', 'scheme'), ['HTTP', 'HTTPS']);
  const command =
    at(holder, 'exec') !== undefined && list(holder, 'exec', 'command').length === 0
      ? [required(`${path}.exec.command`)]
      : [];
  return [...extra, ...port, ...command];
}

function forbiddenHandler(path: string): FieldError {
  return { reason: 'FieldValueForbidden', field: path, detail: 'may not specify more than 1 handler type' };
}

function hookErrors(container: unknown, path: string): Errors {
  return (['postStart', 'preStop'] as const).flatMap((name) => {
    const hook = at(container, 'lifecycle', name);
    return hook === undefined ? [] : handlerErrors(hook, `${path}.lifecycle.${name}`);
  });
}
