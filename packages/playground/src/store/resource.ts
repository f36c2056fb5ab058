/** What this server knows about a resource that it serves. */
import type { ApiResource } from '@virtual-kubelet/kubernetes/internal';
import type { KindRules } from './rules/kind-rules.js';

/** A resource as this server serves it. */
export interface ServedResource extends ApiResource {
  readonly apiVersion: string;
  /** Where its objects are kept. Resources that are views of the same objects share it. */
  readonly storage: string;
  readonly rules: KindRules;
}
