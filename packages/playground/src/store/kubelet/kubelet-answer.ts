/** Requests that the kubelet of a node answers: the store says where to ask it, and for what. */
import type { KubeletAnswer } from '../answer.js';
import type { Call } from '../call.js';
import { storageKey } from '../object.js';
import { badRequest, notFound } from '../refusal.js';
import type { KubeletAddress } from './location.js';
import { kubeletAddress } from './location.js';
import { isPodStream, podStream } from './pod-streams.js';

/** The answer to a request that a kubelet answers; undefined for all others. Throws a Refusal. */
export function kubeletAnswer(call: Call): KubeletAnswer | undefined {
  const { resource, subresource = '' } = call.request;
  if (resource.storage === 'pods' && isPodStream(subresource)) return streamAnswer(call);
  const isProxy = subresource === 'proxy' || subresource.startsWith('proxy/');
  return resource.storage === 'nodes' && isProxy ? proxyAnswer(call) : undefined;
}

const nodes = { group: '', name: 'nodes', kind: 'Node' };

function addressOf(call: Call, name: string): KubeletAddress {
  const node = call.state.collection('nodes').get(storageKey(undefined, name));
  if (node === undefined) throw notFound(nodes, name);
  return kubeletAddress(node);
}

function streamAnswer(call: Call): KubeletAnswer {
  const { name = '', subresource = '' } = call.request;
  const { node, path } = podStream(call);
  return { is: 'kubelet', ...addressOf(call, node), path, subject: `pods/${subresource} ${name}`, isRaw: false };
}

/** `nodes/name`, `nodes/name:port` and `nodes/https:name:port` name the same node. */
function proxyAnswer(call: Call): KubeletAnswer {
  const { name: words = '', passedOn = '' } = call.request;
  const parts = words.split(':');
  const [word, name = '', port = ''] = parts.length === 3 ? parts : ['https', ...parts];
  if (word !== 'http' && word !== 'https') throw badRequest(`invalid node request ${JSON.stringify(words)}`);
  const address = addressOf(call, name);
  const scheme: KubeletAddress['scheme'] = word;
  const target = port === '' ? address : { ...address, scheme, port: Number(port) };
  const path = passedOn.startsWith('/') ? passedOn : `/${passedOn}`;
  return { is: 'kubelet', ...target, path, subject: `nodes/proxy ${name}`, isRaw: true };
}
