/** Reviews: questions about users and their rights. They are answered and never kept. */
import type { AccessAttributes } from '../access-attributes.js';
import type { Call } from '../call.js';
import type { FieldError } from '../field-error.js';
import { invalidValue } from '../field-error.js';
import type { Json } from '../json.js';
import { change, field, json, text, texts } from '../json.js';
import type { DraftObject } from '../object.js';
import { withFields } from '../object.js';
import { badRequest, invalid } from '../refusal.js';
import { tokenIssuerName, tokenUser, userInfo } from '../tokens.js';
import type { User } from '../user.js';
import type { KindRules } from './kind-rules.js';

/** Whether a token is good, and whose it is. */
export const tokenReviewRules: KindRules = { answer: reviewToken };
/** Who I am. */
export const selfSubjectReviewRules: KindRules = {
  answer: (draft, { request }) => withFields(draft, { status: { userInfo: userInfo(request.user) } }),
};
/** Whether I may do something. */
export const selfAccessReviewRules: KindRules = {
  answer: (draft, call) => decided(draft, call, call.request.user),
};
/** Whether somebody may do something. */
export const accessReviewRules: KindRules = { answer: reviewAccess };
/** As {@link accessReviewRules}, in one namespace. */
export const localAccessReviewRules: KindRules = { answer: reviewLocalAccess };
/** What I may do. */
export const rulesReviewRules: KindRules = { answer: reviewRules };

function reviewToken(draft: DraftObject, call: Call): Json {
  const token = text(draft, 'spec', 'token');
  if (token === '') throw badRequest('token is required for TokenReview in authentication');
  const { settings, state, context } = call;
  const found = tokenUser({ tokens: settings.tokens, state, token, now: context.now });
  const asked = texts(draft, 'spec', 'audiences');
  const wanted = asked.length === 0 ? [tokenIssuerName] : asked;
  const audiences = wanted.filter((audience) => found?.audiences.includes(audience));
  if (found === undefined || audiences.length === 0)
    return withFields(draft, { status: { user: {}, error: 'the token is not valid, or not for these audiences' } });
  return withFields(draft, { status: { authenticated: true, user: userInfo(found.user), audiences } });
}

/** Upstream names no kind where a review is refused. */
const anyReview = { group: 'authorization.k8s.io', name: '', kind: '' };

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(anyReview, '', errors);
}

function reviewAccess(draft: DraftObject, call: Call): Json {
  refuse([...attributeErrors(draft), ...subjectErrors(draft)]);
  return decided(draft, call, subjectOf(draft));
}

function reviewLocalAccess(draft: DraftObject, call: Call): Json {
  const path = 'spec.resourceAttributes.namespace';
  const namespace = text(draft, 'spec', 'resourceAttributes', 'namespace');
  const isHere = namespace === call.request.namespace;
  const elsewhere = isHere ? [] : [invalidValue(path, namespace, 'must match metadata.namespace')];
  refuse([...attributeErrors(draft), ...subjectErrors(draft), ...elsewhere]);
  return decided(draft, call, subjectOf(draft));
}

function subjectOf(draft: DraftObject): User {
  const uid = text(draft, 'spec', 'uid');
  return {
    username: text(draft, 'spec', 'user'),
    groups: texts(draft, 'spec', 'groups'),
    ...(uid === '' ? {} : { uid }),
  };
}

function subjectErrors(draft: DraftObject): readonly FieldError[] {
  const isNobody = text(draft, 'spec', 'user') === '' && texts(draft, 'spec', 'groups').length === 0;
  return isNobody ? [invalidValue('spec.user', '', 'at least one of user or group must be specified')] : [];
}

function attributeErrors(draft: DraftObject): readonly FieldError[] {
  const spec = json(draft, 'spec');
  const found = ['resourceAttributes', 'nonResourceAttributes'].filter((name) => field(spec, name) !== undefined);
  if (found.length === 1) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidValue('spec', field(spec, 'nonResourceAttributes'), why)];
}

function decided(draft: DraftObject, call: Call, user: User): Json {
  refuse(attributeErrors(draft));
  const { allowed, reason } = call.settings.authorize(attributesOf(draft, user));
  return withFields(draft, { status: change({ allowed }, { reason }) });
}

function attributesOf(draft: DraftObject, user: User): AccessAttributes {
  const spec = json(draft, 'spec');
  const other = field(spec, 'nonResourceAttributes');
  if (other !== undefined) return { user, verb: text(other, 'verb'), path: text(other, 'path') };
  const own = json(spec, 'resourceAttributes');
  const [group, version, resource] = [text(own, 'group'), text(own, 'version'), text(own, 'resource')];
  const [subresource, namespace, name] = [text(own, 'subresource'), text(own, 'namespace'), text(own, 'name')];
  return { user, verb: text(own, 'verb'), resource: { group, version, resource, subresource, namespace, name } };
}

/** Rules cannot be read out of a function, so the answer says everything or nothing, by one probe. */
function reviewRules(draft: DraftObject, call: Call): Json {
  const { user } = call.request;
  const resource = {
    group: '*',
    version: '*',
    resource: '*',
    subresource: '',
    namespace: text(draft, 'spec', 'namespace'),
    name: '',
  };
  const { allowed } = call.settings.authorize({ user, verb: '*', resource });
  const all = ['*'];
  const status = {
    resourceRules: allowed ? [{ verbs: all, apiGroups: all, resources: all }] : [],
    nonResourceRules: allowed ? [{ verbs: all, nonResourceURLs: all }] : [],
    incomplete: !allowed,
  };
  return withFields(draft, { status });
}
