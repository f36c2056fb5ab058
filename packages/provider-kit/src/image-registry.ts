/** Which registry an image is from, and who may pull it (kubernetes/kubernetes:pkg/credentialprovider/keyring.go). Pure. */
import type { PullSecret } from '@virtual-kubelet/provider';

/** Where images without a registry in their name come from, as pull secrets call it. */
export const defaultRegistry = 'index.docker.io';

/** An image name in its parts. */
export interface ImageName {
  /** Host, with a port if there is one. */
  readonly registry: string;
  readonly repository: string;
  /** @default latest, unless there is a digest */
  readonly tag?: string;
  /** Such as `sha256:...`. */
  readonly digest?: string;
}

/** A first word with a dot or a colon is a host, as is `localhost`; anything else is a folder of the default registry. */
function isHost(word: string): boolean {
  return /[.:]/.test(word) || word === 'localhost';
}

/** Takes an image name apart. Names without a registry are of the default one, below `library/` when they are one word. */
export function parseImage(image: string): ImageName {
  const [named = '', digest] = image.split('@');
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const path = hasTag ? named.slice(0, colon) : named;
  const more = {
    ...(hasTag ? { tag: named.slice(colon + 1) } : {}),
    ...(digest === undefined ? {} : { digest }),
  };
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  if (slash < 0) return { registry: defaultRegistry, repository: `library/${path}`, ...more };
  if (first === 'docker.io' || first === defaultRegistry) {
    const rest = path.slice(slash + 1);
    return { registry: defaultRegistry, repository: rest.includes('/') ? rest : `library/${rest}`, ...more };
  }
  if (!isHost(first)) return { registry: defaultRegistry, repository: path, ...more };
  return { registry: first, repository: path.slice(slash + 1), ...more };
}

/** Host and path a secret is for. The paths `/v1` and `/v2` are relics of registry protocols and mean nothing. */
function placeOf(registry: string): { readonly host: string; readonly path: string } {
  const bare = registry.replace(/^https?:\/\//, '');
  const slash = bare.indexOf('/');
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const path = slash < 0 ? '' : bare.slice(slash + 1).replace(/^v[12](\/|$)/, '');
  return { host: host === 'docker.io' ? defaultRegistry : host, path: path.replace(/\/$/, '') };
}

function labelMatches(pattern: string, label: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(label);
}

/** `*` stands for any characters within one label of the host; a port must be the same. */
function hostMatches(pattern: string, host: string): boolean {
  const [patternLabels, labels] = [pattern.split('.'), host.split('.')];
  return (
    patternLabels.length === labels.length && patternLabels.every((label, i) => labelMatches(label, labels[i] ?? ''))
  );
}

/**
 * The credentials that may pull an image, the most specific first: a secret for a path of a registry comes before one for
 * the whole of it. Platforms that take one credential take the first.
 */
export function pullSecretsFor(image: string, secrets: readonly PullSecret[]): readonly PullSecret[] {
  const { registry, repository } = parseImage(image);
  return secrets
    .map((secret) => ({ secret, place: placeOf(secret.registry) }))
    .filter(({ place }) => hostMatches(place.host, registry) && repository.startsWith(place.path))
    .toSorted((a, b) => b.place.path.length - a.place.path.length)
    .map(({ secret }) => secret);
}
