// `virtual-kubelet playground --provider container`: real processes without a cluster.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runKubectl } from './harness/kubectl.js';
import { binaryPaths } from './harness/toolchain.js';
import { untilAsked } from './container-node.js';
import type { Podman } from './podman.js';
import { startPodman, whyNoPodman } from './podman.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startPlaygroundCommand } from './virtual-kubelet.js';

const { kubectl: path } = binaryPaths(['kubectl']);
const missing = await whyNoPodman();
const reason = missing === undefined ? '' : ` (not run: ${missing})`;
const podFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

describe.runIf(missing === undefined)(`a playground with an engine${reason}`, () => {
  let engine: Podman;
  let playground: VirtualKubelet;

  const kubectl = async (...args: readonly string[]): Promise<string> => {
    const places = { kubeconfig: join(engine.folder, 'kubeconfig'), cacheFolder: join(engine.folder, 'cache') };
    const { code, stdout, stderr } = await runKubectl({ path, ...places, arguments: args });
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}\n${playground.log()}`);
    return stdout;
  };
  // As on a machine with one engine: nobody says which it is or where.
  const start = (...flags: readonly string[]): Promise<VirtualKubelet> =>
    startPlaygroundCommand(['--kubeconfig', join(engine.folder, 'kubeconfig'), ...flags], {
      CONTAINER_HOST: `unix://${engine.socket}`,
    });

  beforeAll(async () => {
    engine = await startPodman();
    const config = join(engine.folder, 'vk.json');
    await writeFile(config, JSON.stringify({ stateFolder: join(engine.folder, 'state') }));
    const address = await engine.hostAddress();
    playground = await start('--provider', 'container', '--provider-config', config, '--address', address);
  });
  afterAll(async () => {
    await playground.stop();
    await engine.close();
  });

  test('runs a Deployment as processes, with logs, exec and HTTP at the address of the pod', async () => {
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        tolerations: [{ operator: 'Exists' }],
        containers: [
          {
            name: 'web',
            image: engine.image,
            imagePullPolicy: 'Never',
            command: ['sh', '-c', `echo hello > /tmp/index.html; echo up; httpd -p 80 -h /tmp; ${untilAsked}`],
            readinessProbe: { httpGet: { port: 80, path: '/' }, periodSeconds: 1 },
          },
        ],
      },
    };
    const file = join(engine.folder, 'web.json');
    const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template };
    await writeFile(
      file,
      JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec }),
    );
    await kubectl('apply', '-f', file);
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect([...(await engine.processes()).keys()]).toEqual([expect.stringMatching(/^web-.*\/web$/)]);
    expect(await kubectl('logs', 'deployment/web')).toBe('up\n');
    expect(await kubectl('exec', 'deployment/web', '--', 'cat', '/tmp/index.html')).toBe('hello\n');
    const ip = await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].status.podIP}');
    expect(await (await fetch(`http://${ip}/`)).text()).toBe('hello\n');
    await kubectl('delete', 'deployment', 'web', '--cascade=foreground', '--timeout=60s');
    expect((await engine.processes()).size).toBe(0);
  });

  test('is reached by its pods, with their own tokens', async () => {
    const script = `
      const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
      const read = (file) => fs.readFileSync('${podFolder}/' + file, 'utf8');
      const headers = { authorization: 'Bearer ' + read('token') };
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const review = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
      require('https').request({ host, port, path, method: 'POST', ca: read('ca.crt'),
        headers: { ...headers, 'content-type': 'application/json' } }, async (answer) => {
        let body = '';
        for await (const chunk of answer) body += chunk;
        console.log(answer.statusCode, JSON.parse(body).status?.userInfo?.username);
      }).end(review);`;
    const container = { name: 'main', image: await engine.nodeImage(), imagePullPolicy: 'Never', args: ['-e', script] };
    const file = join(engine.folder, 'caller.json');
    const spec = { restartPolicy: 'Never', tolerations: [{ operator: 'Exists' }], containers: [container] };
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'caller' }, spec }));
    await kubectl('apply', '-f', file);
    await kubectl('wait', 'pod/caller', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s');
    expect(await kubectl('logs', 'caller')).toBe('201 system:serviceaccount:default:default\n');
    await kubectl('delete', 'pod', 'caller', '--timeout=60s');
  });
});

describe.runIf(missing === undefined)(`a playground beside an engine${reason}`, () => {
  test('says that there is one', async () => {
    const playground = await startPlaygroundCommand();
    expect(playground.log()).toContain('--provider podman runs real containers');
    await playground.stop();
  });
});
