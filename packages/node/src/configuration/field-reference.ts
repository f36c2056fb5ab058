/** Fields of a pod that env and volumes may refer to (kubernetes/kubernetes:pkg/fieldpath, pkg/apis/core/v1). */
import { isQualifiedName } from '@virtual-kubelet/kubernetes';
import type { ObjectFieldSelector, Pod } from '@virtual-kubelet/kubernetes';
import type { ExpressionPart, RuntimeField } from '@virtual-kubelet/provider';
import type { Found } from './config-event.js';
import { quoted } from './quoted.js';

const runtimeFields: ReadonlySet<string> = new Set<RuntimeField>([
  'status.podIP',
  'status.podIPs',
  'status.hostIP',
  'status.hostIPs',
]);

function isRuntimeField(path: string): path is RuntimeField {
  return runtimeFields.has(path);
}

function formatMap(map: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(map ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return pairs.map(([key, value]) => `${key}=${quoted(value)}`).join('\n');
}

function entryOf(pod: Pod, map: 'labels' | 'annotations', key: string): Found<string> {
  const checked = map === 'annotations' ? key.toLowerCase() : key;
  if (!isQualifiedName(checked)) return { problem: `invalid key in fieldPath metadata.${map}['${key}']` };
  const values = pod.metadata?.[map];
  return { found: values && Object.hasOwn(values, key) ? (values[key] ?? '') : '' };
}

function metadataText(pod: Pod, path: string): string | undefined {
  const metadata = pod.metadata ?? {};
  switch (path) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return formatMap(metadata.labels);
    case 'metadata.annotations':
      return formatMap(metadata.annotations);
    default:
      return undefined;
  }
}

/** The text of a metadata field: all that volumes can refer to. */
export function metadataField(pod: Pod, selector: ObjectFieldSelector): Found<string> {
  const { apiVersion = 'v1', fieldPath } = selector;
  if (apiVersion !== 'v1') return { problem: `unsupported apiVersion of a fieldRef: ${apiVersion}` };
  const subscript = /^metadata\.(labels|annotations)\['(.*)'\]$/s.exec(fieldPath);
  if (subscript) return entryOf(pod, subscript[1] as 'labels' | 'annotations', subscript[2] ?? '');
  const text = metadataText(pod, fieldPath);
  return text === undefined ? { problem: `unsupported fieldPath: ${fieldPath}` } : { found: text };
}

/** The value of a field for an environment variable. Addresses of pod and host are known only where the pod runs. */
export function environmentField(pod: Pod, selector: ObjectFieldSelector): Found<ExpressionPart> {
  const path = selector.fieldPath === 'spec.host' ? 'spec.nodeName' : selector.fieldPath;
  if (isRuntimeField(path)) return { found: { from: 'runtime', field: path } };
  if (path === 'spec.nodeName') return { found: { from: 'field', path, text: pod.spec?.nodeName ?? '' } };
  if (path === 'spec.serviceAccountName')
    return { found: { from: 'field', path, text: pod.spec?.serviceAccountName ?? '' } };
  const text = metadataField(pod, selector);
  return 'found' in text ? { found: { from: 'field', path, text: text.found } } : text;
}
