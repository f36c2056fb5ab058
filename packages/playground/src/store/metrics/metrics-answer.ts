/**
 * Answers for the metrics API: which kubelets to ask for their summary, and what their words come to. Objects follow
 * k8s.io/metrics v1beta1, summaries k8s.io/kubelet stats/v1alpha1.
 */
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { list, number, text } from '../json.js';
import type { KubeletSource, MetricsAnswer, ObjectAnswer } from '../answer.js';
import { answer } from '../answer.js';
import type { Call } from '../call.js';
import { kubeletAddress } from '../kubelet/location.js';
import type { StoredObject } from '../object.js';
import { storageKey } from '../object.js';
import { listOptions } from '../options.js';
import { notFound, Refusal } from '../refusal.js';
import type { ServedResource } from '../resource.js';
import { selection } from '../selection.js';
import { metricsResources } from './metrics-resources.js';

const [{ group }] = metricsResources as readonly [(typeof metricsResources)[0], ...typeof metricsResources];

/** The answer to a request to the metrics API; undefined for all others. `objects` are the nodes and pods it is about. */
export function metricsAnswer(
  call: Call,
  core: Readonly<Record<'nodes' | 'pods', ServedResource>>,
): MetricsAnswer | undefined {
  const { resource, name, namespace, query } = call.request;
  if (resource.group !== group) return undefined;
  const own = resource.name === 'nodes' ? core.nodes : core.pods;
  const selects = selection({
    resource: own,
    ...listOptions(query, own),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  });
  const found = call.state.collection(own.storage).objects(namespace).filter(selects);
  if (name !== undefined && found.length === 0) throw notFound(resource, name);
  return {
    is: 'metrics',
    sources: sourcesOf(call, found),
    combine: (summaries) => combined(call, found, summaries),
  };
}

/** Each node once; one that says no address is silent. */
function sourcesOf(call: Call, objects: readonly StoredObject[]): readonly KubeletSource[] {
  const isNodes = call.request.resource.name === 'nodes';
  const names = new Set(objects.map((object) => (isNodes ? object.metadata.name : text(object, 'spec', 'nodeName'))));
  return [...names].flatMap((name) => {
    const node = call.state.collection('nodes').get(storageKey(undefined, name));
    return node === undefined ? [] : sourceOf(node);
  });
}

function sourceOf(node: StoredObject): readonly KubeletSource[] {
  try {
    return [{ node: node.metadata.name, ...kubeletAddress(node), path: '/stats/summary' }];
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

/** By node, what its kubelet said; nodes that did not answer are not in it. */
type Summaries = ReadonlyMap<string, unknown>;

function combined(call: Call, objects: readonly StoredObject[], summaries: Summaries): ObjectAnswer {
  const { resource, name } = call.request;
  const { apiVersion, kind } = resource;
  const time = formatTime(call.context.now);
  const items = objects.flatMap((object) => {
    const measured = resource.name === 'nodes' ? nodeUsage(object, summaries) : podUsage(object, summaries);
    return measured === undefined
      ? []
      : [{ metadata: metaOf(object, time), timestamp: time, window: '10s', ...measured }];
  });
  if (name === undefined) return answer(200, { kind: `${kind}List`, apiVersion, metadata: {}, items });
  const [only] = items;
  if (only !== undefined) return answer(200, { kind, apiVersion, ...only });
  const { status } = notFound(resource, name);
  return answer(404, status);
}

function metaOf({ metadata }: StoredObject, time: string): Json {
  const { name, namespace, labels } = metadata;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    creationTimestamp: time,
    ...(labels === undefined ? {} : { labels }),
  };
}

function nodeUsage(node: StoredObject, summaries: Summaries): Json | undefined {
  const usage = usageOf((summaries.get(node.metadata.name) as Json | undefined)?.node);
  return usage === undefined ? undefined : { usage };
}

function podUsage(pod: StoredObject, summaries: Summaries): Json | undefined {
  const summary = summaries.get(text(pod, 'spec', 'nodeName'));
  const own = list(summary, 'pods').find((one) => text(one, 'podRef', 'uid') === pod.metadata.uid);
  const containers = list(own, 'containers').flatMap((container) => {
    const usage = usageOf(container);
    return usage === undefined ? [] : [{ name: text(container, 'name'), usage }];
  });
  return containers.length === 0 ? undefined : { containers };
}

/** What uses nothing that is known is not measured. */
function usageOf(stats: unknown): Json | undefined {
  const [cpu, memory] = [number(stats, 'cpu', 'usageNanoCores'), number(stats, 'memory', 'workingSetBytes')];
  if (cpu === undefined || memory === undefined) return undefined;
  return { cpu: `${Math.round(cpu)}n`, memory: `${Math.round(memory / 1024)}Ki` };
}
