/** Volumes of pods. */
import { forbiddenField, required } from '../field-error.js';
import { at, json, text } from '../json.js';
import type { Errors } from './check.js';
import { given, label, unique } from './check.js';

/** What is wrong with a volume. */
export function volumeErrors(volume: unknown, path: string, names: Set<string>): Errors {
  const name = text(volume, 'name');
  const fault = label(`${path}.name`, name);
  const sources = Object.keys(json({ volume }, 'volume')).filter((key) => key !== 'name');
  const extra = [...sources]
    .toSorted()
    .slice(1)
    .map((key) => forbiddenField(`${path}.${key}`, 'may not specify more than 1 volume type'));
  return [
    ...(fault.length > 0 ? fault : unique(`${path}.name`, name, names)),
    ...(sources.length === 0 ? [required(path, 'must specify a volume type')] : []),
    ...extra,
    ...sourceErrors(volume, path),
  ];
}

const requiredFields = [
  ['configMap', 'name'],
  ['secret', 'secretName'],
  ['hostPath', 'path'],
  ['persistentVolumeClaim', 'claimName'],
  ['csi', 'driver'],
] as const;

function sourceErrors(volume: unknown, path: string): Errors {
  return requiredFields.flatMap(([source, name]) =>
    at(volume, source) === undefined ? [] : given(`${path}.${source}.${name}`, text(volume, source, name)),
  );
}
