import { featuresOf, permissions, rbacManifest } from '@virtual-kubelet/agent';
import { stringify } from 'yaml';
import { code, page, table } from './markdown.js';

const intro =
  'Everything an agent asks of the API server, and why. `virtual-kubelet rbac` prints roles for given settings: features that\n' +
  'are off and inputs the provider does not consume ask for nothing. The end-to-end tests compare this table with the audit log.';

/** The page of permissions. */
export function permissionPage(): string {
  const rows = permissions.map(({ feature, group, resource, verbs, namespace, names, why, seldom }) => [
    feature,
    code(group === '' ? resource : `${resource}.${group}`),
    verbs.join(', '),
    [namespace ? `in \`${namespace}\`` : '', names ? `only ${names.map(code).join(', ')}` : '']
      .filter(Boolean)
      .join(', '),
    seldom === undefined ? why : `${why} (${seldom})`,
  ]);
  return page('Permissions', intro) + table(['Feature', 'Resource', 'Verbs', 'Where', 'Why'], rows);
}

/** Roles for a provider that consumes everything, ready for `kubectl apply -f`. */
export function rbacFile(): string {
  const features = featuresOf({ env: true, volumes: true, tokens: true, pullSecrets: true });
  const objects = rbacManifest({ name: 'virtual-kubelet', namespace: 'kube-system', features });
  const text = objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
  return `# Made by \`npm run generate\` from the table of permissions; \`virtual-kubelet rbac\` prints it for your settings.\n${text}`;
}
