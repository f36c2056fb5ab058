import type { ControlPlane } from './control-plane.js';
import { waitFor } from './wait.js';

type Request = ControlPlane['request'];

function accountPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${namespace}/serviceaccounts/${name}`;
}

/** Name and UID of a ServiceAccount that must exist. */
export async function readServiceAccount(
  request: Request,
  namespace: string,
  name: string,
): Promise<{ readonly uid: string }> {
  const { status, text } = await request(accountPath(namespace, name));
  if (status !== 200) throw new Error(`cannot read ServiceAccount ${namespace}/${name}: ${status} ${text}`);
  return (JSON.parse(text) as { metadata: { uid: string } }).metadata;
}

/** Waits until the controller manager has made the default ServiceAccount of a namespace. */
export async function waitForDefaultAccount(request: Request, namespace: string): Promise<void> {
  await waitFor(`the default ServiceAccount of ${namespace}`, async () => {
    const { status } = await request(accountPath(namespace, 'default'));
    return status === 200 ? true : undefined;
  });
}

/** Creates a namespace in which pods can be created. */
export async function createNamespace(request: Request, name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  const { status, text } = await request('/api/v1/namespaces', { method: 'POST', body });
  if (status !== 201) throw new Error(`cannot create namespace ${name}: ${status} ${text}`);
  await waitForDefaultAccount(request, name);
}
