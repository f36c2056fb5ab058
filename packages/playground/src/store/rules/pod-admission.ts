/** What the admission plugins that every cluster runs do to a new pod. */
import type { Call } from '../call.js';
import { change, json, list, text, withDefaults } from '../json.js';
import { generatedName } from '../meta-rules.js';
import type { DraftObject } from '../object.js';
import { storageKey, withFields } from '../object.js';
import { forbidden } from '../refusal.js';

/** Adds tolerations and priority, and binds the pod to its service account. Throws a Refusal. */
export function admitPod(draft: DraftObject, call: Call): DraftObject {
  return withAccount(withTolerations(withPriority(draft, call)), call);
}

function withPriority(draft: DraftObject, call: Call): DraftObject {
  const name = text(draft, 'spec', 'priorityClassName');
  const classes = call.state.collection('scheduling.k8s.io/priorityclasses');
  const named = name === '' ? classes.objects().find((one) => one.globalDefault === true) : classes.get(name);
  if (name !== '' && named === undefined)
    throw forbidden(call.request.resource, draft.metadata.name ?? '', {
      why: `no PriorityClass with name ${name} was found`,
    });
  const spec = withDefaults(json(draft, 'spec'), {
    priority: named?.value ?? 0,
    preemptionPolicy: named?.preemptionPolicy ?? 'PreemptLowerPriority',
    ...(named === undefined ? {} : { priorityClassName: named.metadata.name }),
  });
  return withFields(draft, { spec });
}

const evictionTaints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;

/** DefaultTolerationSeconds: every pod stays five minutes on a node that is lost. */
function withTolerations(draft: DraftObject): DraftObject {
  const tolerations = list(draft, 'spec', 'tolerations');
  const missing = evictionTaints.filter((key) => !tolerations.some((one) => covers(one, key)));
  if (missing.length === 0) return draft;
  const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  return withFields(draft, { spec: change(json(draft, 'spec'), { tolerations: [...tolerations, ...added] }) });
}

function covers(toleration: unknown, key: string): boolean {
  const own = text(toleration, 'key');
  const effect = text(toleration, 'effect');
  return (own === key || own === '') && (effect === 'NoExecute' || effect === '');
}

/** ServiceAccount: the account must be there; its token is mounted into every container that says nothing else. */
function withAccount(draft: DraftObject, call: Call): DraftObject {
  if (draft.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) return draft;
  const name = text(draft, 'spec', 'serviceAccountName') || 'default';
  const { namespace } = draft.metadata;
  const account = call.state.collection('serviceaccounts').get(storageKey(namespace, name));
  if (account === undefined)
    throw forbidden(call.request.resource, draft.metadata.name ?? '', {
      why: `error looking up service account ${namespace}/${name}: serviceaccount "${name}" not found`,
    });
  const spec = change(json(draft, 'spec'), { serviceAccountName: name, serviceAccount: name });
  const secrets = list(spec, 'imagePullSecrets').length > 0 ? spec.imagePullSecrets : account.imagePullSecrets;
  const withSecrets = change(spec, { imagePullSecrets: secrets });
  const mounts = spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  return withFields(draft, { spec: mounts === true ? withToken(withSecrets, call) : withSecrets });
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function withToken(spec: ReturnType<typeof json>, call: Call): ReturnType<typeof json> {
  const lists = ['initContainers', 'containers'] as const;
  const needs = lists.some((name) => list(spec, name).some((one) => !mountsToken(one)));
  if (!needs) return spec;
  const existing = list(spec, 'volumes').find((one) => text(one, 'name').startsWith('kube-api-access-'));
  const name = existing === undefined ? generatedName('kube-api-access-', call.context) : text(existing, 'name');
  const mount = { name, readOnly: true, mountPath: tokenPath };
  const mounted = lists.map((key) => [
    key,
    spec[key] === undefined
      ? undefined
      : list(spec, key).map((one) =>
          mountsToken(one)
            ? one
            : change(json({ one }, 'one'), { volumeMounts: [...list(one, 'volumeMounts'), mount] }),
        ),
  ]);
  const volumes = existing === undefined ? [...list(spec, 'volumes'), tokenVolume(name)] : spec.volumes;
  return change(spec, { ...Object.fromEntries(mounted), volumes });
}

function mountsToken(container: unknown): boolean {
  return list(container, 'volumeMounts').some((mount) => text(mount, 'mountPath') === tokenPath);
}

function tokenVolume(name: string): unknown {
  const namespace = { path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } };
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [namespace] } },
      ],
      defaultMode: 420,
    },
  };
}
