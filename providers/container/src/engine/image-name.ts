import { parseImageReference } from '@virtual-kubelet/kubernetes';

/** An image by its full name, so that no engine guesses a registry: `nginx` is `docker.io/library/nginx:latest`. */
export function fullImageName(image: string): string {
  const reference = parseImageReference(image);
  if (!reference) return image;
  const { registry, repository, tag, digest } = reference;
  const name = `${registry}/${repository}`;
  if (digest !== undefined) return `${name}@${digest}`;
  return `${name}:${tag ?? 'latest'}`;
}

/** Whether the image's registry is on this machine, where engines expect no certificate. */
export function isLoopbackRegistry(image: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?\//.test(fullImageName(image));
}
