/** `scale` of a custom kind: the number of replicas wherever its definition says. */
import type { CustomResourceSubresourceScale } from '@virtual-kubelet/kubernetes';
import type { FieldError } from '../field-error.js';
import type { Json } from '../json.js';
import { changeAt, number, text } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { internalError, invalid } from '../refusal.js';
import { notNegative } from '../rules/check.js';
import type { Subresource } from '../rules/kind-rules.js';
import { simplePath } from './json-path.js';

/** The view behind `scale`. */
export function customScale(
  scale: CustomResourceSubresourceScale,
  validate: (draft: DraftObject) => readonly FieldError[],
): Subresource {
  const wanted = simplePath(scale.specReplicasPath);
  const found = simplePath(scale.statusReplicasPath);
  const selector = scale.labelSelectorPath === undefined ? [] : simplePath(scale.labelSelectorPath);

  function read(object: StoredObject): Json {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
    const replicas = number(object, ...wanted);
    if (replicas === undefined)
      throw internalError(`the spec replicas field "${scale.specReplicasPath}" does not exist`);
    const selects = selector.length === 0 ? '' : text(object, ...selector);
    return {
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
      spec: replicas === 0 ? {} : { replicas },
      status: { replicas: number(object, ...found) ?? 0, ...(selects === '' ? {} : { selector: selects }) },
    };
  }

  return {
    is: 'view',
    read,
    write(draft, old, call) {
      const replicas = number(draft, 'spec', 'replicas') ?? 0;
      const next = changeAt(old, wanted, replicas) as DraftObject;
      const errors = [...notNegative(scale.specReplicasPath, replicas), ...validate(next)];
      if (errors.length > 0) throw invalid(call.request.resource, old.metadata.name, errors);
      return next;
    },
  };
}
