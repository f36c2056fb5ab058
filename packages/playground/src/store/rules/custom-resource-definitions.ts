/** CustomResourceDefinitions: kinds that users bring along. What they define is served from the write on. */
import type { CustomResourceDefinition } from '@virtual-kubelet/kubernetes';
import { parseTime } from '@virtual-kubelet/kubernetes';
import { conditionOf, withCondition } from '../conditions.js';
import { definitionErrors, definitionChangeErrors } from '../custom-resources/definition-validation.js';
import { hasExpressions } from '../custom-resources/structural-schema.js';
import { change, field, json, list, text, texts, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields, withMeta } from '../object.js';
import { notImplemented } from '../refusal.js';
import type { KindRules } from './kind-rules.js';

/** The finalizer that keeps a definition until no object of its kind is left. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** What CustomResourceDefinitions do differently. */
export const customResourceDefinitionRules: KindRules = {
  hasGeneration: true,
  takesAnyFinalizer: true,
  allowsUnconditionalUpdate: false,
  returnsDeleted: true,
  defaults: withFilledNames,
  create: (draft) => withFields(draft, { status: { ...newStatus, storedVersions: storedVersions(draft, []) } }),
  update: withStored,
  admit: refuseWebhooks,
  validate: definitionErrors,
  validateUpdate: definitionChangeErrors,
  warnings: (draft) => (hasExpressions(json(draft, 'spec')) ? [expressionWarning] : []),
  // The first request to delete only marks it, so that its objects can go before it.
  hasOwnFinalizers: ({ metadata }) => metadata.deletionTimestamp === undefined,
  markDeleted: markTerminating,
};

const newStatus = { conditions: null, acceptedNames: { plural: '', kind: '' } };

const expressionWarning = 'x-kubernetes-validations are kept but not evaluated: the playground has no evaluator of CEL';

function withFilledNames(draft: DraftObject): DraftObject {
  const spec = json(draft, 'spec');
  const names = json(spec, 'names');
  const kind = text(names, 'kind');
  const filled = kind === '' ? names : withDefaults(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
  return withFields(draft, {
    spec: change(withDefaults(spec, { conversion: { strategy: 'None' } }), { names: filled }),
  });
}

/** Versions in which objects were ever kept; only a write of the status forgets one. */
function storedVersions(draft: DraftObject, before: readonly string[]): readonly string[] {
  const now = list(draft, 'spec', 'versions').find((one) => field(one, 'storage') === true);
  return now === undefined ? before : [...new Set([...before, text(now, 'name')])];
}

function withStored(draft: DraftObject, old: StoredObject): DraftObject {
  refuseWebhooks(draft);
  const status = json(old, 'status');
  return withFields(draft, {
    status: change(status, { storedVersions: storedVersions(draft, texts(status, 'storedVersions')) }),
  });
}

/** Objects can be converted by name only. Throws a Refusal. */
function refuseWebhooks(draft: DraftObject): DraftObject {
  if (text(draft, 'spec', 'conversion', 'strategy') === 'Webhook') throw notImplemented('conversion by webhooks');
  return draft;
}

/** As nothing but metadata and status changes, the deletion does not count as a generation. */
function markTerminating(draft: DraftObject): DraftObject {
  const { finalizers = [], deletionTimestamp = '', generation = 1 } = draft.metadata;
  const { status } = draft as unknown as CustomResourceDefinition;
  if (conditionOf(status?.conditions, 'Terminating') !== undefined) return draft;
  const conditions = withCondition(
    status?.conditions,
    {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    },
    parseTime(deletionTimestamp),
  );
  const held = finalizers.includes(cleanupFinalizer) ? finalizers : [...finalizers, cleanupFinalizer];
  const metadata = { finalizers: held, generation: generation - 1, deletionGracePeriodSeconds: undefined };
  return withFields(withMeta(draft, metadata), { status: { ...status, conditions } });
}
