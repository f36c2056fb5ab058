/** CertificateSigningRequests: who asks is written down, and approval is a right of its own. */
import { formatTime, semanticEqual } from '@virtual-kubelet/kubernetes';
import type { Call } from '../call.js';
import { forbiddenField, invalidValue, required } from '../field-error.js';
import type { Json } from '../json.js';
import { change, json, list, text, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import type { Errors } from './check.js';
import type { KindRules } from './kind-rules.js';

/** What CertificateSigningRequests do differently. */
export const signingRequestRules: KindRules = {
  create: withRequester,
  update: (draft, old) => withFields(draft, { spec: old.spec, status: old.status }),
  updateStatus: updateStatus,
  validate: (draft) => [
    ...(isPem(text(draft, 'spec', 'request'))
      ? []
      : [invalidValue('spec.request', draft.spec, 'PEM block type must be CERTIFICATE REQUEST')]),
    ...(list(draft, 'spec', 'usages').length === 0 ? [required('spec.usages')] : []),
    ...(text(draft, 'spec', 'signerName') === '' ? [required('spec.signerName')] : []),
  ],
  validateStatus: decisionErrors,
  fields: new Map([['spec.signerName', (request) => text(request, 'spec', 'signerName')]]),
  subresources: {
    approval: { is: 'view', write: approve, validate: approvalErrors },
  },
};

/** Only the envelope is looked at: signers read what is inside. */
function isPem(base64: string): boolean {
  return atob(base64).includes('-----BEGIN CERTIFICATE REQUEST-----');
}

function withRequester(draft: DraftObject, call: Call): DraftObject {
  const { username, uid, groups = [], extra } = call.request.user;
  const spec = change(json(draft, 'spec'), {
    username,
    uid: uid === '' ? undefined : uid,
    groups: groups.length === 0 ? undefined : groups,
    extra,
  });
  return withFields(draft, { spec, status: {} });
}

function updateStatus(draft: DraftObject, old: StoredObject, call: Call): DraftObject {
  const conditions = timed(list(draft, 'status', 'conditions'), old, call);
  const status = change(json(draft, 'status'), { conditions: conditions.length === 0 ? undefined : conditions });
  return withFields(old as DraftObject, { metadata: draft.metadata, status });
}

function approve(draft: DraftObject, old: StoredObject, call: Call): DraftObject {
  const conditions = timed(list(draft, 'status', 'conditions'), old, call);
  const status = change(json(old, 'status'), { conditions: conditions.length === 0 ? undefined : conditions });
  return withFields(old as DraftObject, { metadata: draft.metadata, status });
}

/** Conditions get the time at which they were first given. */
function timed(conditions: readonly unknown[], old: StoredObject, call: Call): readonly Json[] {
  const now = formatTime(call.context.now);
  return conditions.map((one) => {
    const before = list(old, 'status', 'conditions').find((each) => text(each, 'type') === text(one, 'type'));
    const isKept = text(before, 'status') === text(one, 'status') && text(before, 'lastTransitionTime') !== '';
    const since = isKept ? text(before, 'lastTransitionTime') : now;
    const condition = json({ one }, 'one');
    const isNew = !semanticEqual(
      change(condition, { lastUpdateTime: undefined }),
      change(json({ before }, 'before'), { lastUpdateTime: undefined }),
    );
    const untimed = change(condition, {
      lastUpdateTime: condition.lastUpdateTime ?? undefined,
      lastTransitionTime: condition.lastTransitionTime ?? undefined,
    });
    return withDefaults(untimed, {
      lastUpdateTime: isNew ? now : text(before, 'lastUpdateTime'),
      lastTransitionTime: since,
    });
  });
}

const decisions = ['Approved', 'Denied'] as const;

function decisionErrors(draft: DraftObject, old: StoredObject): Errors {
  const count = (object: DraftObject, type: string): number =>
    list(object, 'status', 'conditions').filter((one) => text(one, 'type') === type).length;
  const changed = decisions.filter((type) => count(draft, type) !== count(old, type));
  return changed.map((type) =>
    forbiddenField('status.conditions', `updates may not add a condition of type "${type}"`),
  );
}

function approvalErrors(draft: DraftObject, old: StoredObject): Errors {
  const types = list(draft, 'status', 'conditions').map((one) => text(one, 'type'));
  const both = decisions.every((type) => types.includes(type));
  const lost = list(old, 'status', 'conditions')
    .map((one) => text(one, 'type'))
    .filter((type) => decisions.some((each) => each === type) && !types.includes(type));
  return [
    ...(both ? [invalidValue('status.conditions', types, 'Approved and Denied are mutually exclusive')] : []),
    ...lost.map((type) => forbiddenField('status.conditions', `updates may not remove a condition of type "${type}"`)),
  ];
}
