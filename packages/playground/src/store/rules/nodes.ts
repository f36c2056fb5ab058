/** Nodes. */
import type { Call } from '../call.js';
import { change, field, json, list, text, withDefaults } from '../json.js';
import type { DraftObject } from '../object.js';
import { withFields } from '../object.js';
import type { KindRules } from './kind-rules.js';

/** What nodes do differently: a new node may bring its status along. */
export const nodeRules: KindRules = {
  defaults: withAllocatable,
  create: (draft) => draft,
  admit: withNotReadyTaint,
  fields: new Map([['spec.unschedulable', (node) => String(json(node, 'spec').unschedulable === true)]]),
};

function withAllocatable(draft: DraftObject): DraftObject {
  const capacity = field(json(draft, 'status'), 'capacity');
  if (capacity === undefined) return draft;
  return withFields(draft, { status: withDefaults(json(draft, 'status'), { allocatable: capacity }) });
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
