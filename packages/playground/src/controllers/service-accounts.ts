/** What every namespace has: the ServiceAccount `default` and the certificate of the server's authority. */
import { deepEqual } from '@virtual-kubelet/kubernetes';
import type { ClusterView } from './cluster-view.js';
import type { Controller } from './controller.js';
import { noPlan } from './controller.js';
import type { Write } from './write.js';
import { createWrite, updateWrite } from './write.js';

const account = 'default';
const certificate = 'kube-root-ca.crt';

/** Puts back what namespaces have. */
export const serviceAccounts: Controller = {
  name: 'serviceaccount',
  watches: ['namespaces', 'serviceaccounts', 'configmaps'],
  keysFor({ storage, object }) {
    const { name, namespace = '' } = object.metadata;
    if (storage === 'namespaces') return [name];
    return name === (storage === 'serviceaccounts' ? account : certificate) ? [namespace] : [];
  },
  reconcile(key, view) {
    const namespace = view.get('namespaces', key);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return noPlan;
    return { writes: [...accountWrites(key, view), ...certificateWrites(key, view)] };
  },
};

function accountWrites(namespace: string, view: ClusterView): readonly Write[] {
  if (view.get('serviceaccounts', `${namespace}/${account}`) !== undefined) return [];
  return [createWrite({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } })];
}

function certificateWrites(namespace: string, view: ClusterView): readonly Write[] {
  const data = { 'ca.crt': view.rootCertificate };
  const found = view.get('configmaps', `${namespace}/${certificate}`);
  if (found === undefined)
    return [createWrite({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: certificate, namespace }, data })];
  return deepEqual(found.data, data) ? [] : [updateWrite(found, { data })];
}
