/** Which subresources this server serves; the others are left out on purpose and answer 501. */
import { isPodStream } from './kubelet/pod-streams.js';
import type { ServedResource } from './resource.js';

/** Whether a subresource of a resource is served. */
export function isImplemented(resource: ServedResource, subresource: string): boolean {
  if (subresource === 'status' || resource.rules.subresources?.[subresource] !== undefined) return true;
  if (resource.storage === 'pods') return isPodStream(subresource);
  return resource.storage === 'nodes' && (subresource === 'proxy' || subresource.startsWith('proxy/'));
}
