/** The rules names, keys and references must follow (k8s.io/apimachinery:pkg/util/validation). */

const dnsLabel = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const dnsLabelPattern = new RegExp(`^${dnsLabel}$`);
const dnsSubdomainPattern = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);
const qualifiedPattern = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** A DNS-1123 label: names of namespaces, containers, volumes and ports of Services. At most 63 characters. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && dnsLabelPattern.test(text);
}

/** A DNS-1123 subdomain: names of most objects. At most 253 characters. */
export function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && dnsSubdomainPattern.test(text);
}

/** A DNS-1035 label, which begins with a letter: names of Services. At most 63 characters. */
export function isDns1035Label(text: string): boolean {
  return isDnsLabel(text) && /^[a-z]/.test(text);
}

/** A key of a label or annotation, a name of a resource or condition: `[domain/]name`. */
export function isQualifiedName(text: string): boolean {
  const parts = text.split('/');
  if (parts.length > 2) return false;
  const name = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? parts[0] : undefined;
  return isQualifiedPart(name) && (domain === undefined || isDnsSubdomain(domain));
}

function isQualifiedPart(text: string): boolean {
  return text.length <= 63 && qualifiedPattern.test(text);
}

/** A value of a label, which may be empty. */
export function isLabelValue(text: string): boolean {
  return text === '' || isQualifiedPart(text);
}

/** The older rule for names of environment variables: letters, digits and `-._`, not a digit first. */
export function isEnvVarName(text: string): boolean {
  return /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(text) && !text.startsWith('..') && text !== '.';
}

/** The present rule (KEP 4369): printable ASCII but `=`. */
export function isRelaxedEnvVarName(text: string): boolean {
  return /^[ -<>-~]+$/.test(text);
}

/** A key in a ConfigMap or Secret, which is also a file name. */
export function isConfigKey(text: string): boolean {
  const isShort = text.length <= 253;
  return isShort && /^[-._a-zA-Z0-9]+$/.test(text) && !text.startsWith('..') && text !== '.';
}

/** A name of a container port: at most 15 characters, with a letter, without doubled or outer hyphens. */
export function isPortName(text: string): boolean {
  const isBounded = text.length <= 15 && isDnsLabel(text);
  return isBounded && /[a-z]/.test(text) && !text.includes('--');
}

/** The parts of the name of an image. */
export interface ImageReference {
  /** Host with optional port; `docker.io` where the text names none. */
  readonly registry: string;
  /** Path below the registry; `library/nginx` for `nginx`. */
  readonly repository: string;
  readonly tag?: string;
  /** As in `sha256:...`. */
  readonly digest?: string;
}

const repositoryPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${repositoryPart}(?:/${repositoryPart})*$`);

/** Takes the name of an image apart; undefined where it is not one. */
export function parseImageReference(text: string): ImageReference | undefined {
  const match = /^([^@]+?)(?::([A-Za-z0-9_][\w.-]{0,127}))?(?:@([a-z0-9]+:[a-f0-9]{32,}))?$/.exec(text);
  const [, name, tag, digest] = match ?? [];
  if (name === undefined) return undefined;
  const { registry, repository } = splitRegistry(name);
  if (!repositoryPattern.test(repository) || !/^[-\w.]+(?::\d+)?$|^\[/.test(registry)) return undefined;
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The first part of a path is a host when it has a dot or a port, or is `localhost`. */
function splitRegistry(name: string): { registry: string; repository: string } {
  const [first = '', ...rest] = name.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const registry = isHost ? first : 'docker.io';
  const path = isHost ? rest.join('/') : name;
  const isOfficial = registry === 'docker.io' && !path.includes('/');
  return { registry, repository: isOfficial ? `library/${path}` : path };
}

/** The pull policy the API server fills in: `Always` for a tag `latest` or none, unless a digest is given. */
export function defaultImagePullPolicy(image: string): 'Always' | 'IfNotPresent' {
  const reference = parseImageReference(image);
  const tag = reference?.tag ?? (reference?.digest === undefined ? 'latest' : '');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}
