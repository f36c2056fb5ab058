/** Nodes. */
import { isQualifiedName } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import { duplicate, invalidValue } from '../field-error.js';
import { change, field, json, list, text, withDefaults } from '../json.js';
import type { DraftObject } from '../object.js';
import { withFields } from '../object.js';
import type { Errors } from './check.js';
import { oneOf } from './check.js';
import type { KindRules } from './kind-rules.js';

/** What nodes do differently: a new node may bring its status along. */
export const nodeRules: KindRules = {
  defaults: withAllocatable,
  create: (draft) => draft,
  admit: withNotReadyTaint,
  validate: taintErrors,
  fields: new Map([['spec.unschedulable', (node) => String(json(node, 'spec').unschedulable === true)]]),
};

function withAllocatable(draft: DraftObject): DraftObject {
  const capacity = field(json(draft, 'status'), 'capacity');
  if (capacity === undefined) return draft;
  return withFields(draft, { status: withDefaults(json(draft, 'status'), { allocatable: capacity }) });
}

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;

/** Upstream names the field as if it were metadata. */
function taintErrors(draft: DraftObject): Errors {
  const seen = new Set<string>();
  return list(draft, 'spec', 'taints').flatMap((taint, index) => {
    const path = `metadata.taints[${index}]`;
    const [key, effect] = [text(taint, 'key'), text(taint, 'effect')];
    const twice = seen.has(`${key}:${effect}`);
    seen.add(`${key}:${effect}`);
    return [
      ...(key === '' || !isQualifiedName(key) ? [invalidValue(`${path}.key`, key, 'is not a qualified name')] : []),
      ...oneOf(`${path}.effect`, effect, effects),
      ...(twice ? [duplicate(path, taint)] : []),
    ];
  });
}

const notReady = 'node.kubernetes.io/not-ready';

/** TaintNodesByCondition: a new node takes no pods until something finds it ready. */
function withNotReadyTaint(draft: DraftObject, call: Call): DraftObject {
  if (!call.settings.taintsNewNodes) return draft;
  const taints = list(draft, 'spec', 'taints');
  if (taints.some((one) => text(one, 'key') === notReady && text(one, 'effect') === 'NoSchedule')) return draft;
  const spec = change(json(draft, 'spec'), { taints: [...taints, { key: notReady, effect: 'NoSchedule' }] });
  return withFields(draft, { spec });
}
