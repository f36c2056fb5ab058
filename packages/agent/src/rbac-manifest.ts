import type { Permission, PermissionFeature } from './permissions.js';
import { permissions } from './permissions.js';

/** Whom the roles are for. */
export interface RbacOptions {
  /** Name of the ServiceAccount and of the roles. */
  readonly name: string;
  /** Namespace of the ServiceAccount. */
  readonly namespace: string;
  readonly features: readonly PermissionFeature[];
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const rbac = 'rbac.authorization.k8s.io';

function keyOf(row: Permission): string {
  return `${row.group}/${row.resource}/${(row.names ?? []).join()}`;
}

/** Rows about one resource become one rule. */
function rulesOf(rows: readonly Permission[]): readonly Rule[] {
  const byResource = new Map<string, Rule>();
  for (const row of rows) {
    const verbs = [...(byResource.get(keyOf(row))?.verbs ?? []), ...row.verbs];
    const names = row.names === undefined ? {} : { resourceNames: row.names };
    byResource.set(keyOf(row), {
      apiGroups: [row.group],
      resources: [row.resource],
      ...names,
      verbs: [...new Set(verbs)],
    });
  }
  return [...byResource.values()];
}

function bound(kind: 'ClusterRole' | 'Role', rows: readonly Permission[], options: RbacOptions): readonly object[] {
  const namespace = rows[0]?.namespace;
  const metadata = { name: options.name, ...(namespace === undefined ? {} : { namespace }) };
  const subject = { kind: 'ServiceAccount', name: options.name, namespace: options.namespace };
  return [
    { apiVersion: `${rbac}/v1`, kind, metadata, rules: rulesOf(rows) },
    {
      apiVersion: `${rbac}/v1`,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: rbac, kind, name: options.name },
      subjects: [subject],
    },
  ];
}

/** The ServiceAccount, roles and bindings an agent with these features needs: exactly the rows of the table. */
export function rbacManifest(options: RbacOptions): readonly object[] {
  const wanted = permissions.filter(({ feature }) => options.features.includes(feature));
  const namespaces = [...new Set(wanted.flatMap(({ namespace }) => namespace ?? []))];
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: options.name, namespace: options.namespace },
  };
  const everywhere = wanted.filter(({ namespace }) => namespace === undefined);
  return [
    account,
    ...bound('ClusterRole', everywhere, options),
    ...namespaces.flatMap((name) =>
      bound(
        'Role',
        wanted.filter(({ namespace }) => namespace === name),
        options,
      ),
    ),
  ];
}
