/** Registry credentials from image pull secrets (kubernetes/kubernetes:pkg/credentialprovider). Pure. */
import { Sensitive } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PullSecret } from '@virtual-kubelet/provider';
import type { Absent, SecretContent } from './config-content.js';
import type { ConfigEvent } from './config-event.js';
import { warning } from './config-event.js';
import { decodedText } from './text-encoding.js';

/** The credentials, and a word about secrets that gave none: images may be public, so the pod starts all the same. */
export interface PullSecretsOutcome {
  readonly pullSecrets: readonly PullSecret[];
  readonly notes: readonly ConfigEvent[];
}

type Json = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Never the parser's message: it quotes the text. */
function parsed(text: Sensitive | undefined): Json | undefined {
  try {
    const value: unknown = text && JSON.parse(text.reveal());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textField(entry: Json, key: string): string {
  const value = Object.hasOwn(entry, key) ? entry[key] : undefined;
  return typeof value === 'string' ? value : '';
}

/** User and password of an entry; `auth` holds both and wins. Undefined when there is neither. */
function loginOf(entry: Json): { username: string; password: string } | undefined {
  const auth = textField(entry, 'auth');
  if (auth === '') {
    const login = { username: textField(entry, 'username'), password: textField(entry, 'password') };
    return login.username === '' && login.password === '' ? undefined : login;
  }
  const text = decodedText(new Sensitive(auth))?.reveal() ?? '';
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function registriesIn(secret: SecretContent): Json | undefined {
  const modern = secret.data.get('.dockerconfigjson');
  if (modern) {
    const auths = parsed(decodedText(modern))?.['auths'];
    return isObject(auths) ? auths : undefined;
  }
  const legacy = secret.data.get('.dockercfg');
  return legacy && parsed(decodedText(legacy));
}

/** The credentials in one secret; undefined when it is no pull secret. Entries without a login are passed over. */
export function credentialsIn(secret: SecretContent): readonly PullSecret[] | undefined {
  const registries = registriesIn(secret);
  if (!registries) return undefined;
  return Object.entries(registries).flatMap(([registry, entry]) => {
    const login = isObject(entry) ? loginOf(entry) : undefined;
    return login ? [{ registry, username: login.username, password: new Sensitive(login.password) }] : [];
  });
}

function noteAbout(names: readonly string[], what: string): ConfigEvent[] {
  if (names.length === 0) return [];
  const message = `${what} (${names.join(', ')}); attempting to pull the image may not succeed.`;
  return [warning('FailedToRetrieveImagePullSecret', message)];
}

/** The credentials of all pull secrets of a pod, in the order it names them. */
export function pullSecretsOf(pod: Pod, secretNamed: (name: string) => SecretContent | Absent): PullSecretsOutcome {
  const missing: string[] = [];
  const malformed: string[] = [];
  const pullSecrets = (pod.spec?.imagePullSecrets ?? []).flatMap(({ name }) => {
    if (!name) return [];
    const secret = secretNamed(name);
    const credentials = secret === 'absent' ? undefined : credentialsIn(secret);
    if (!credentials) (secret === 'absent' ? missing : malformed).push(name);
    return credentials ?? [];
  });
  const notes = [
    ...noteAbout(missing, 'Unable to retrieve some image pull secrets'),
    ...noteAbout(malformed, 'Some image pull secrets hold no registry credentials'),
  ];
  return { pullSecrets, notes };
}
