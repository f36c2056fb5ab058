/** What the API fills in where a pod spec leaves it out, for pods and for templates of pods. */
import { defaultImagePullPolicy } from '@virtual-kubelet/kubernetes';
import type { Json } from '../json.js';
import { at, change, field, isJson, json, mapList, text, withDefaults } from '../json.js';

const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** The spec with defaults. */
export function podSpecDefaults(spec: Json): Json {
  const account = text(spec, 'serviceAccountName') || text(spec, 'serviceAccount');
  const filled = withDefaults(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
  });
  const named = account === '' ? filled : change(filled, { serviceAccountName: account, serviceAccount: account });
  const withContainers = containerLists.reduce((all, name) => mapList(all, name, containerDefaults), named);
  const withPorts = field(spec, 'hostNetwork') === true ? hostPorts(withContainers) : withContainers;
  return mapList(withPorts, 'volumes', volumeDefaults);
}

/** With the host's network a container port is a port of the host. */
function hostPorts(spec: Json): Json {
  const fill = (port: Json): Json => withDefaults(port, { hostPort: field(port, 'containerPort') });
  return ['initContainers', 'containers'].reduce(
    (all, name) => mapList(all, name, (container) => mapList(container, 'ports', fill)),
    spec,
  );
}

function containerDefaults(container: Json): Json {
  const filled = withDefaults(container, {
    imagePullPolicy: defaultImagePullPolicy(text(container, 'image')),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  });
  const withPorts = mapList(filled, 'ports', (port) => withDefaults(port, { protocol: 'TCP' }));
  const withEnv = mapList(withPorts, 'env', envDefaults);
  const probes = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
  return hookDefaults(probes.reduce((all, name) => changeObject(all, name, probeDefaults), withEnv));
}

/** Changes a field that is an object; leaves everything else as it is. */
function changeObject(object: Json, name: string, map: (value: Json) => Json): Json {
  const value = field(object, name);
  return isJson(value) ? change(object, { [name]: map(value) }) : object;
}

function envDefaults(variable: Json): Json {
  if (at(variable, 'valueFrom', 'fieldRef') === undefined) return variable;
  return changeObject(variable, 'valueFrom', (source) => changeObject(source, 'fieldRef', fieldRefDefaults));
}

function fieldRefDefaults(ref: Json): Json {
  return withDefaults(ref, { apiVersion: 'v1' });
}

function probeDefaults(probe: Json): Json {
  const filled = numberDefaults(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const withHttp = changeObject(filled, 'httpGet', httpGetDefaults);
  return changeObject(withHttp, 'grpc', (grpc) => withDefaults(grpc, { service: '' }));
}

/** As {@link withDefaults}, where zero too means that nothing was said. */
function numberDefaults(object: Json, defaults: Readonly<Record<string, number>>): Json {
  const missing = Object.entries(defaults).filter(([name]) => !field(object, name));
  return change(object, Object.fromEntries(missing));
}

function httpGetDefaults(action: Json): Json {
  const path = text(action, 'path') || '/';
  const scheme = text(action, 'scheme') || 'HTTP';
  return change(action, { path, scheme });
}

function hookDefaults(container: Json): Json {
  const fill = (hook: Json): Json => changeObject(hook, 'httpGet', httpGetDefaults);
  return changeObject(container, 'lifecycle', (hooks) =>
    changeObject(changeObject(hooks, 'postStart', fill), 'preStop', fill),
  );
}

function volumeDefaults(volume: Json): Json {
  const sources = Object.keys(volume).filter((name) => name !== 'name' && volume[name] !== undefined);
  if (sources.length === 0) return change(volume, { emptyDir: {} });
  const withMode = ['secret', 'configMap', 'downwardAPI', 'projected'].reduce(
    (all, name) => changeObject(all, name, (source) => withDefaults(source, { defaultMode: 420 })),
    volume,
  );
  const withItems = changeObject(withMode, 'downwardAPI', downwardDefaults);
  const withHostPath = changeObject(withItems, 'hostPath', (source) => withDefaults(source, { type: '' }));
  return changeObject(withHostPath, 'projected', (projected) => mapList(projected, 'sources', projectionDefaults));
}

function downwardDefaults(source: Json): Json {
  return mapList(source, 'items', (item) => changeObject(item, 'fieldRef', fieldRefDefaults));
}

function projectionDefaults(source: Json): Json {
  const withToken = changeObject(source, 'serviceAccountToken', (token) =>
    withDefaults(token, { expirationSeconds: 3600 }),
  );
  return changeObject(withToken, 'downwardAPI', downwardDefaults);
}

/** Requests of containers that name only limits: in pods, not in templates. */
export function requestsFromLimits(spec: Json): Json {
  const fill = (container: Json): Json =>
    changeObject(container, 'resources', (resources) => {
      const limits = field(resources, 'limits');
      if (!isJson(limits)) return resources;
      return change(resources, { requests: withDefaults(json(resources, 'requests'), limits) });
    });
  return mapList(mapList(spec, 'containers', fill), 'initContainers', fill);
}
