// What controllers make of pods, on a real engine: updates, identity, configuration and tokens that are renewed.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedControlPlane, waitFor } from './harness/index.js';
import { kubeconfigText } from './harness/kubeconfig-file.js';
import type { ContainerNode } from './container-node.js';
import { startContainerNode, untilAsked } from './container-node.js';
import type { Podman } from './podman.js';
import { whyNoPodman } from './podman.js';
import type { ShortTokens } from './short-tokens.js';
import { serveShortTokens } from './short-tokens.js';
import type { User } from './user.js';

const plane = sharedControlPlane();
const name = 'vk-engine-work';
const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
/** Life of tokens, seconds. */
const tokenLife = 15;

/** Asks for its own pod as any client in a cluster does, with the token there is now or with one that is given. */
const callScript = `
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
const read = (file) => readFileSync(folder + file, 'utf8');
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
const token = process.argv[2] ?? read('token');
const path = '/api/v1/namespaces/' + read('namespace') + '/pods/caller';
const sent = request({ host, port, path, ca: read('ca.crt'), headers: { authorization: 'Bearer ' + token } }, async (answer) => {
  let body = '';
  for await (const chunk of answer) body += chunk;
  console.log(answer.statusCode, JSON.parse(body).metadata.uid ?? '');
});
sent.end();
`;

describe.runIf(missing === undefined)(`workloads on a real engine${reason}`, () => {
  let node: ContainerNode;
  let tokens: ShortTokens;

  /** The agent's and the pods' way to the API server leads through short-lived tokens. */
  const flags = async ({ engine, user }: { engine: Podman; user: User }): Promise<readonly string[]> => {
    tokens = await serveShortTokens(plane, { host: await engine.hostAddress(), seconds: tokenLife });
    await user.kubectl('create', 'serviceaccount', name, '-n', 'default');
    await user.kubectl(
      'create',
      'clusterrolebinding',
      name,
      '--clusterrole=cluster-admin',
      `--serviceaccount=default:${name}`,
    );
    const credentials = { token: await plane.serviceAccountToken('default', name, 3_600) };
    const kubeconfig = join(engine.folder, 'kubeconfig');
    await writeFile(kubeconfig, kubeconfigText({ server: tokens.url, caPem: plane.caPem, credentials }), {
      mode: 0o600,
    });
    return ['--kubeconfig', kubeconfig, '--pod-api-server', tokens.url, '--config-refresh', 'watch'];
  };
  const exec = (pod: string, ...command: readonly string[]): Promise<string> =>
    node.kubectl('exec', pod, '--', ...command);
  const workload = (
    kind: string,
    app: string,
    spec: { readonly template: object; readonly [field: string]: unknown },
  ): object => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: app, namespace: node.namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app } },
      ...spec,
      template: {
        metadata: { labels: { app } },
        spec: { ...node.where, terminationGracePeriodSeconds: 5, ...spec.template },
      },
    },
  });
  const server = `echo "$VERSION from $(hostname)" > /tmp/index.html; httpd -p 80 -h /tmp; ${untilAsked}`;
  const web = (version: string): object => ({
    containers: [
      node.sh('web', server, {
        env: [{ name: 'VERSION', value: version }],
        readinessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 1 },
      }),
    ],
  });

  beforeAll(async () => {
    node = await startContainerNode(plane, { name, flags });
    await node.createPod('client', { terminationGracePeriodSeconds: 1, containers: [node.sh('c', untilAsked)] });
    await node.ready('client');
  });
  afterAll(async () => {
    await node.close();
    await tokens.close();
    await plane.kubectl(['delete', 'clusterrolebinding', name]);
    await plane.kubectl(['delete', 'serviceaccount', name, '-n', 'default']);
  });

  test('a Deployment rolls forward and back, and its pods answer each other by address', async () => {
    const service = { spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } };
    const rollingUpdate = { maxUnavailable: 0, maxSurge: 1 };
    await node.user.create(
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: name }, ...service },
      workload('Deployment', 'web', { template: web('one'), strategy: { rollingUpdate } }),
    );
    const rolledOut = (): Promise<string> => node.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    const endpoints = async (): Promise<readonly string[]> => {
      const path = 'jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].addresses[0]}';
      const found = await node.kubectl('get', 'endpointslices', '-l', 'kubernetes.io/service-name=web', '-o', path);
      return found.split(' ').filter(Boolean).toSorted();
    };
    /** What the client hears at each address of the Service, once those are the addresses of the pods. */
    const heard = (): Promise<readonly string[]> =>
      waitFor('the endpoints are the pods', async () => {
        const pods = (await node.pods('app=web')).map(({ status }) => status.podIP);
        const addresses = await endpoints();
        if (addresses.length !== 2 || addresses.some((address) => !pods.includes(address))) return undefined;
        return Promise.all(addresses.map((address) => exec('client', 'wget', '-q', '-O', '-', `http://${address}/`)));
      });
    await rolledOut();
    for (const answer of await heard()) expect(answer).toMatch(/^one from web-/);
    await node.kubectl('set', 'env', 'deployment/web', 'VERSION=two');
    await rolledOut();
    for (const answer of await heard()) expect(answer).toMatch(/^two from web-/);
    await node.kubectl('rollout', 'undo', 'deployment/web');
    await rolledOut();
    for (const answer of await heard()) expect(answer).toMatch(/^one from web-/);
    await node.kubectl('delete', 'deployment/web', 'service/web', '--cascade=foreground', '--timeout=60s');
  });

  test('a StatefulSet keeps its names: host name, name in the domain, also after a pod was replaced', async () => {
    const template = { containers: [node.sh('main', untilAsked)] };
    await node.user.create(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'db', namespace: name },
        spec: { clusterIP: 'None', selector: { app: 'db' } },
      },
      workload('StatefulSet', 'db', { template, serviceName: 'db' }),
    );
    await node.kubectl('rollout', 'status', 'statefulset/db', '--timeout=60s');
    const identity = (pod: string): Promise<string> => exec(pod, 'sh', '-c', 'hostname; tail -n 1 /etc/hosts');
    const line = async (pod: string): Promise<string> =>
      `${pod}\n${(await node.pod(pod)).status.podIP}\t${pod}.db.${name}.svc.cluster.local\t${pod}\n`;
    for (const pod of ['db-0', 'db-1']) expect(await identity(pod)).toBe(await line(pod));
    const before = (await node.pod('db-0')).metadata.uid;
    await node.remove('db-0');
    await node.kubectl('wait', 'pod/db-0', '--for=create', '--timeout=30s');
    await node.ready('db-0');
    expect((await node.pod('db-0')).metadata.uid).not.toBe(before);
    expect(await identity('db-0')).toBe(await line('db-0'));
    await node.kubectl('delete', 'statefulset/db', 'service/db', '--cascade=foreground', '--timeout=60s');
  });

  test('a changed ConfigMap is seen in the folder of a running container, not in its environment or below subPath', async () => {
    await node.kubectl('create', 'configmap', 'settings', '--from-literal=colour=red');
    await node.createPod('reader', {
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'settings', configMap: { name: 'settings' } }],
      containers: [
        node.sh('c', untilAsked, {
          env: [{ name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } }],
          volumeMounts: [
            { name: 'settings', mountPath: '/settings' },
            { name: 'settings', mountPath: '/fixed', subPath: 'colour' },
          ],
        }),
      ],
    });
    await node.ready('reader');
    const read = (): Promise<string> =>
      exec('reader', 'sh', '-c', 'echo $(cat /settings/colour) $(cat /fixed) $COLOUR');
    expect(await read()).toBe('red red red\n');
    await node.kubectl('patch', 'configmap', 'settings', '-p', '{"data":{"colour":"blue"}}');
    expect(await waitFor('the change', async () => ((await read()).startsWith('blue') ? read() : undefined))).toBe(
      'blue red red\n',
    );
    await node.remove('reader');
  });

  test('a pod calls the API server as itself, and goes on when its first token has ended', async () => {
    await node.kubectl('create', 'rolebinding', 'pods', '--clusterrole=view', `--serviceaccount=${name}:default`);
    await node.kubectl('create', 'configmap', 'script', `--from-literal=call.mjs=${callScript}`);
    await node.createPod('caller', {
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'script', configMap: { name: 'script' } }],
      containers: [
        {
          name: 'main',
          image: await node.engine.nodeImage(),
          imagePullPolicy: 'Never',
          args: ['-e', 'setInterval(() => {}, 1e6)'],
          volumeMounts: [{ name: 'script', mountPath: '/script' }],
        },
      ],
    });
    await node.ready('caller');
    const { uid } = (await node.pod('caller')).metadata;
    const call = (...token: readonly string[]): Promise<string> =>
      exec('caller', process.execPath, '/script/call.mjs', ...token);
    const show = `process.stdout.write(fs.readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token'))`;
    const token = (): Promise<string> => exec('caller', process.execPath, '-e', show);
    const first = await token();
    expect(await call()).toBe(`200 ${uid}\n`);
    await waitFor('the first token has ended', async () => (await call(first)).startsWith('401') || undefined);
    expect(await call()).toBe(`200 ${uid}\n`);
    expect(await token()).not.toBe(first);
    await node.remove('caller');
  });
});
