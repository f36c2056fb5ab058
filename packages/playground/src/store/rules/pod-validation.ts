/** What a pod must look like: enough to refuse what clients get wrong, not all that upstream checks. */
import { isDnsLabel, isLabelValue, isQualifiedName } from '@virtual-kubelet/kubernetes';
import { forbiddenField, invalidValue, required, unsupportedValue } from '../field-error.js';
import { at, list, number, text } from '../json.js';
import type { DraftObject } from '../object.js';
import type { Errors } from './check.js';
import { between, labelFault, oneOf, subdomain } from './check.js';
import { containerErrors } from './container-validation.js';
import { ephemeralContainerErrors } from './ephemeral-container-validation.js';
import { volumeErrors } from './volume-validation.js';

const restartPolicies = ['Always', 'OnFailure', 'Never'] as const;
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'] as const;

/** What is wrong with a pod. */
export function podErrors(draft: DraftObject): Errors {
  const spec = at(draft, 'spec');
  const names = new Set<string>();
  const volumeNames = new Set<string>();
  const volumes = list(spec, 'volumes').flatMap((each, index) =>
    volumeErrors(each, `spec.volumes[${index}]`, volumeNames),
  );
  const place = { names, volumes: new Set(list(spec, 'volumes').map((each) => text(each, 'name'))) };
  const each = (key: string): Errors =>
    list(spec, key).flatMap((one, index) => containerErrors(one, { ...place, path: `spec.${key}[${index}]` }));
  return [
    ...volumes,
    ...(list(spec, 'containers').length === 0 ? [required('spec.containers')] : []),
    ...each('containers'),
    ...each('initContainers'),
    ...ephemeralContainerErrors(draft, place),
    ...specErrors(spec),
  ];
}

function specErrors(spec: unknown): Errors {
  const hostname = text(spec, 'hostname');
  const grace = number(spec, 'terminationGracePeriodSeconds') ?? 0;
  return [
    ...oneOf('spec.restartPolicy', at(spec, 'restartPolicy'), restartPolicies),
    ...oneOf('spec.dnsPolicy', at(spec, 'dnsPolicy'), dnsPolicies),
    ...subdomain('spec.serviceAccountName', text(spec, 'serviceAccountName')),
    ...subdomain('spec.nodeName', text(spec, 'nodeName')),
    ...between('spec.activeDeadlineSeconds', at(spec, 'activeDeadlineSeconds'), [1, 2_147_483_647]),
    ...(grace < 0
      ? [invalidValue('spec.terminationGracePeriodSeconds', grace, 'must be greater than or equal to 0')]
      : []),
    ...(hostname === '' || isDnsLabel(hostname) ? [] : [invalidValue('spec.hostname', hostname, labelFault)]),
    ...osErrors(spec),
    ...gateErrors(spec),
    ...list(spec, 'tolerations').flatMap((one, index) => tolerationErrors(one, `spec.tolerations[${index}]`)),
  ];
}

function osErrors(spec: unknown): Errors {
  const name = at(spec, 'os', 'name');
  return name === undefined || name === 'linux' || name === 'windows'
    ? []
    : [unsupportedValue('spec.os', name, ['linux', 'windows'])];
}

function gateErrors(spec: unknown): Errors {
  const gates = list(spec, 'schedulingGates').map((gate) => text(gate, 'name'));
  const isBound = gates.length > 0 && text(spec, 'nodeName') !== '';
  return [
    ...gates.flatMap((name, index) =>
      isQualifiedName(name) ? [] : [invalidValue(`spec.schedulingGates[${index}]`, name, 'is not a qualified name')],
    ),
    ...(isBound ? [forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')] : []),
  ];
}

const operators = ['Equal', 'Exists', 'Lt', 'Gt'] as const;
const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** What is wrong with a toleration. */
export function tolerationErrors(toleration: unknown, path: string): Errors {
  const [key, operator, value] = [text(toleration, 'key'), text(toleration, 'operator'), text(toleration, 'value')];
  const effect = text(toleration, 'effect');
  const isTimed = at(toleration, 'tolerationSeconds') !== undefined;
  const isEqual = operator === '' || operator === 'Equal';
  return [
    ...(key === '' || isQualifiedName(key) ? [] : [invalidValue(`${path}.key`, key, 'is not a qualified name')]),
    ...(key === '' && operator !== 'Exists'
      ? [invalidValue(`${path}.operator`, operator, 'operator must be Exists when `key` is empty')]
      : []),
    ...(isTimed && effect !== 'NoExecute'
      ? [invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
    ...(operator === 'Exists' && value !== ''
      ? [invalidValue(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")]
      : []),
    ...(isEqual && !isLabelValue(value) ? [invalidValue(`${path}.operator`, value, 'is not a label value')] : []),
    ...oneOf(`${path}.operator`, operator === '' ? undefined : operator, operators),
    ...oneOf(`${path}.effect`, effect === '' ? undefined : effect, effects),
  ];
}
