/** Service accounts and their tokens. */
import { formatTime } from '@virtual-kubelet/kubernetes';
import type { Call, TokenBinding } from '../call.js';
import { decodeObject, typed } from '../decode.js';
import { invalidValue, required } from '../field-error.js';
import type { Json } from '../json.js';
import { field, json, number, text, texts } from '../json.js';
import type { StoredObject } from '../object.js';
import { storageKey } from '../object.js';
import { badRequest, conflict, invalid, notFound } from '../refusal.js';
import { tokenIssuerName } from '../tokens.js';
import { currentObject } from '../current-object.js';
import type { Errors } from './check.js';
import type { KindRules } from './kind-rules.js';

/** What service accounts do differently. */
export const serviceAccountRules: KindRules = {
  returnsDeleted: true,
  subresources: { token: { is: 'action', act: issueToken } },
};

const tokenRequest = { group: 'authentication.k8s.io', name: 'tokenrequests', kind: 'TokenRequest' };
const expected = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };

function issueToken(body: Json, call: Call): { readonly code: number; readonly body: Json } {
  const account = currentObject(call);
  const { draft } = typed(call, decodeObject(body, expected), 'Ignore');
  const seconds = number(draft, 'spec', 'expirationSeconds') ?? 3600;
  const errors = requestErrors(draft, seconds);
  if (errors.length > 0) throw invalid(tokenRequest, '', errors);
  const asked = texts(draft, 'spec', 'audiences');
  const audiences = asked.length === 0 ? [tokenIssuerName] : asked;
  const token = signed(call, { account, audiences, seconds, binding: bindingOf(draft, account, call) });
  const { name, namespace, uid } = account.metadata;
  const { now } = call.context;
  const spec = {
    audiences,
    expirationSeconds: seconds,
    boundObjectRef: field(json(draft, 'spec'), 'boundObjectRef') ?? null,
  };
  return {
    code: 201,
    body: {
      ...expected,
      metadata: { name, namespace, uid, creationTimestamp: formatTime(now) },
      spec,
      status: { token, expirationTimestamp: formatTime(now + seconds * 1000) },
    },
  };
}

const longest = 2 ** 32;

function requestErrors(draft: Json, seconds: number): Errors {
  const path = 'spec.expirationSeconds';
  const ref = field(json(draft, 'spec'), 'boundObjectRef');
  return [
    ...(seconds < 600 ? [invalidValue(path, seconds, 'may not specify a duration less than 10 minutes')] : []),
    ...(seconds > longest ? [invalidValue(path, seconds, 'may not specify a duration larger than 2^32 seconds')] : []),
    ...(ref !== undefined && text(ref, 'name') === '' ? [required('spec.boundObjectRef.name')] : []),
  ];
}

interface Signing {
  readonly account: StoredObject;
  readonly audiences: readonly string[];
  readonly seconds: number;
  readonly binding: Pick<TokenBinding, 'pod' | 'node' | 'secret'>;
}

function signed(call: Call, { account, audiences, seconds, binding }: Signing): string {
  const { name, namespace = '', uid } = account.metadata;
  const iat = Math.floor(call.context.now / 1000);
  return call.settings.tokens.sign({
    iss: tokenIssuerName,
    sub: `system:serviceaccount:${namespace}:${name}`,
    aud: audiences,
    exp: iat + seconds,
    iat,
    nbf: iat,
    jti: call.context.uuid(),
    'kubernetes.io': { namespace, serviceaccount: { name, uid }, ...binding },
  });
}

const bindable: ReadonlyMap<string, string> = new Map([
  ['Pod', 'pods'],
  ['Node', 'nodes'],
  ['Secret', 'secrets'],
]);

/** What the token is bound to. Throws a Refusal where that is not there, or another. */
function bindingOf(draft: Json, account: StoredObject, call: Call): Signing['binding'] {
  const ref = field(json(draft, 'spec'), 'boundObjectRef');
  if (ref === undefined) return {};
  const [kind, name, wanted] = [text(ref, 'kind'), text(ref, 'name'), text(ref, 'uid')];
  const storage = bindable.get(kind);
  if (storage === undefined)
    throw badRequest(`cannot bind token to object of type /${text(ref, 'apiVersion')}, Kind=${kind}`);
  const namespace = kind === 'Node' ? undefined : account.metadata.namespace;
  const found = call.state.collection(storage).get(storageKey(namespace, name));
  if (found === undefined) throw notFound({ group: '', name: storage, kind }, name);
  const { uid } = found.metadata;
  if (kind === 'Pod' && text(found, 'spec', 'serviceAccountName') !== account.metadata.name)
    throw badRequest(
      `cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`,
    );
  if (wanted !== '' && wanted !== uid)
    throw conflict(
      { group: '', name: kind, kind },
      name,
      `the UID in the bound object reference (${wanted}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  const bound = { name, uid };
  if (kind === 'Node') return { node: bound };
  return kind === 'Secret' ? { secret: bound } : { pod: bound, ...nodeOf(found, call) };
}

function nodeOf(pod: StoredObject, call: Call): Pick<TokenBinding, 'node'> {
  const name = text(pod, 'spec', 'nodeName');
  if (name === '') return {};
  return { node: { name, uid: call.state.collection('nodes').get(name)?.metadata.uid ?? '' } };
}
