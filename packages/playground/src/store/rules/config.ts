/** ConfigMaps and Secrets. */
import { deepEqual, isConfigKey } from '@virtual-kubelet/kubernetes';
import { base64Of } from '../base64.js';
import type { FieldError } from '../field-error.js';
import { forbiddenField, invalidValue, required } from '../field-error.js';
import { change, field, json, text, withDefaults } from '../json.js';
import type { DraftObject, StoredObject } from '../object.js';
import { withFields } from '../object.js';
import type { KindRules } from './kind-rules.js';

/** What ConfigMaps do differently. */
export const configMapRules: KindRules = {
  validate: (draft) => [...keyErrors(draft, 'data'), ...keyErrors(draft, 'binaryData'), ...sharedKeyErrors(draft)],
  validateUpdate: (draft, old) => immutableErrors(draft, old, ['data', 'binaryData']),
};

/** What Secrets do differently. */
export const secretRules: KindRules = {
  defaults: (draft) => withoutStringData(withFields(draft, withDefaults(draft, { type: 'Opaque' }))),
  validate: (draft) => [...keyErrors(draft, 'data'), ...typeErrors(draft)],
  validateUpdate: (draft, old) => [
    ...(text(draft, 'type') === text(old, 'type') ? [] : [invalidValue('type', draft.type, 'field is immutable')]),
    ...immutableErrors(draft, old, ['data']),
  ],
  fields: new Map([['type', (secret) => text(secret, 'type')]]),
};

const keyRule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";

function keyErrors(draft: DraftObject, name: string): readonly FieldError[] {
  const keys = Object.keys(json(draft, name));
  return keys.filter((key) => !isConfigKey(key)).map((key) => invalidValue(`${name}[${key}]`, key, keyRule));
}

function sharedKeyErrors(draft: DraftObject): readonly FieldError[] {
  const binary = json(draft, 'binaryData');
  const shared = Object.keys(json(draft, 'data')).filter((key) => Object.hasOwn(binary, key));
  return shared.map((key) => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
}

/** Keys that a type of Secret must have (k8s.io/api:core/v1 SecretType). */
const requiredKeys: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

function typeErrors(draft: DraftObject): readonly FieldError[] {
  const type = text(draft, 'type');
  const data = json(draft, 'data');
  const missing = (keys: readonly string[]): readonly FieldError[] =>
    keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`));
  if (type === 'kubernetes.io/basic-auth') {
    const both = missing(['username', 'password']);
    return both.length === 2 ? both : [];
  }
  if (type !== 'kubernetes.io/service-account-token') return missing(requiredKeys.get(type) ?? []);
  const account = 'kubernetes.io/service-account.name';
  return draft.metadata.annotations?.[account] ? [] : [required(`metadata.annotations[${account}]`)];
}

/** `stringData` is a way to write `data`. */
function withoutStringData(draft: DraftObject): DraftObject {
  const texts = Object.entries(json(draft, 'stringData'));
  if (field(draft, 'stringData') === undefined) return draft;
  const encoded = texts.map(([key, value]) => [key, base64Of(new TextEncoder().encode(String(value)))]);
  const data = change(json(draft, 'data'), Object.fromEntries(encoded));
  return withFields(draft, { stringData: undefined, data: Object.keys(data).length === 0 ? undefined : data });
}

function immutableErrors(draft: DraftObject, old: StoredObject, names: readonly string[]): readonly FieldError[] {
  if (field(old, 'immutable') !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  const unset = field(draft, 'immutable') === true ? [] : [forbiddenField('immutable', why)];
  const changed = names.filter((name) => !deepEqual(json(draft, name), json(old, name)));
  return [...unset, ...changed.map((name) => forbiddenField(name, why))];
}
