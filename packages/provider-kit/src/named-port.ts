import type { Container } from '@virtual-kubelet/kubernetes';
import { failures } from '@virtual-kubelet/provider';

/**
 * The number of a port that a probe or hook names, for platforms that know numbers only.
 * @param port as in the API: a number, or the name of one of the container's ports
 * @throws a failure of kind Invalid when the container has no such port
 */
export function portNumber(container: Pick<Container, 'name' | 'ports'>, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port);
  if (named) return named.containerPort;
  if (/^\d{1,5}$/.test(port)) return Number(port);
  throw failures.invalid('port', `container ${container.name} has no port named ${port}`);
}
