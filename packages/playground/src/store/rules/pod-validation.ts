/** What a pod must look like: enough to refuse what clients get wrong, not all that upstream checks. */
import { isDnsLabel } from '@virtual-kubelet/kubernetes';
import type { FieldError } from '../field-error.js';
import { duplicate, invalidValue, required } from '../field-error.js';
import { list, text } from '../json.js';
import type { DraftObject } from '../object.js';

/** What is wrong with a pod. */
export function podErrors(draft: DraftObject): readonly FieldError[] {
  const names = new Set<string>();
  const volumes = volumeErrors(draft);
  const containers = list(draft, 'spec', 'containers');
  const none = containers.length === 0 ? [required('spec.containers')] : [];
  return [
    ...volumes,
    ...none,
    ...containerErrors(containers, 'spec.containers', names),
    ...containerErrors(list(draft, 'spec', 'initContainers'), 'spec.initContainers', names),
  ];
}

function volumeErrors(draft: DraftObject): readonly FieldError[] {
  const seen = new Set<string>();
  return list(draft, 'spec', 'volumes').flatMap((volume, index) =>
    nameErrors(text(volume, 'name'), `spec.volumes[${index}].name`, seen),
  );
}

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

function nameErrors(name: string, path: string, seen: Set<string>): readonly FieldError[] {
  if (name === '') return [required(path)];
  if (!isDnsLabel(name)) return [invalidValue(path, name, labelRule)];
  if (seen.has(name)) return [duplicate(path, name)];
  seen.add(name);
  return [];
}

function containerErrors(containers: readonly unknown[], path: string, names: Set<string>): readonly FieldError[] {
  return containers.flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const image = text(container, 'image');
    return [
      ...nameErrors(text(container, 'name'), `${at}.name`, names),
      ...(image === '' ? [required(`${at}.image`)] : []),
      ...(image !== image.trim()
        ? [invalidValue(`${at}.image`, image, 'must not have leading or trailing whitespace')]
        : []),
    ];
  });
}
