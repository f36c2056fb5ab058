// The verbs of stock kubectl that need pods that run: on `virtual-kubelet playground`, as a user meets them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange } from './harness/exchange.js';
import { kubectlReleases } from './harness/kubectl-releases.js';
import type { KubectlUser } from './harness/kubectl-user.js';
import { cells, kubectlUser } from './harness/kubectl-user.js';
import { waitFor } from './harness/wait.js';
import type { VirtualKubelet } from './virtual-kubelet.js';
import { startPlaygroundCommand } from './virtual-kubelet.js';

const template = '{{range .items}}{{.metadata.name}} {{end}}';

describe.each(kubectlReleases())('kubectl $release and pods that run', ({ path, minor }) => {
  let folder: string;
  let playground: VirtualKubelet;
  let user: KubectlUser;
  const kubectl: KubectlUser['succeeds'] = (args, input) => user.succeeds(args, input);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-verbs-'));
    user = kubectlUser(path, folder);
    playground = await startPlaygroundCommand(['--kubeconfig', join(folder, 'kubeconfig')]);
    await kubectl('run talks --image=busybox --labels=app=talks --annotations=mock.virtual-kubelet.io/log-rate=50');
    await kubectl('run shell --image=busybox --stdin --port=80');
    await kubectl('create deployment web --image=nginx:1 --replicas=2 --port=80');
    await kubectl('wait pod --all --for=condition=Ready --timeout=30s');
    await kubectl('rollout status deployment/web --timeout=30s');
  });

  afterAll(async () => {
    await playground.stop();
    await rm(folder, { recursive: true });
  });

  test('get in all outputs', async () => {
    const pods = 'get pods -l app=talks';
    expect(cells(await kubectl(pods))[1]?.slice(0, 3)).toEqual(['talks', '1/1', 'Running']);
    expect(cells(await kubectl(`${pods} -o wide`))[1]?.slice(5, 7)).toEqual(['5.6.7.8', 'vkubelet-mock-0']);
    expect(await kubectl(`${pods} -o name`)).toBe('pod/talks');
    expect(JSON.parse(await kubectl(`${pods} -o json`))).toMatchObject({ kind: 'List', items: [{ kind: 'Pod' }] });
    expect(await kubectl(`${pods} -o yaml`)).toMatch(/^apiVersion: v1\nitems:\n- apiVersion: v1\n {2}kind: Pod\n/);
    expect(await kubectl([...pods.split(' '), '-o', `go-template=${template}`])).toBe('talks');
    expect(JSON.parse(await kubectl(`${pods} -o jsonpath-as-json={.items[*].status.phase}`))).toEqual(['Running']);
    await writeFile(join(folder, 'template'), template);
    expect(await kubectl(`${pods} -o go-template-file=${join(folder, 'template')}`)).toBe('talks');
    await writeFile(join(folder, 'path'), '{.items[0].spec.nodeName}');
    expect(await kubectl(`${pods} -o jsonpath-file=${join(folder, 'path')}`)).toBe('vkubelet-mock-0');
    await writeFile(join(folder, 'columns'), 'WHO          WHERE\nmetadata.name spec.nodeName');
    expect(cells(await kubectl(`${pods} -o custom-columns-file=${join(folder, 'columns')}`))).toEqual([
      ['WHO', 'WHERE'],
      ['talks', 'vkubelet-mock-0'],
    ]);
    expect(await kubectl(`${pods} -o custom-columns=IP:.status.podIP --no-headers`)).toBe('5.6.7.8');
    expect(await kubectl(`${pods} --show-kind --label-columns=app --no-headers`)).toMatch(/^pod\/talks .* talks$/);
    expect(await kubectl('get deployment web --subresource=scale -o jsonpath={.spec.replicas}')).toBe('2');
    expect(await kubectl('get pods --chunk-size=1 -o name')).toContain('pod/talks');
  });

  // KYAML is as old as kubectl 1.34, where a variable has to allow it.
  test.runIf(minor >= 34)('get as KYAML', async () => {
    const environment = { KUBECTL_KYAML: 'true' };
    const { stdout, code } = await user.tried('get pod talks -o kyaml', { environment });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^---\n\{\n {2}apiVersion: "v1",\n {2}kind: "Pod",/)]);
  });

  test('get --watch shows a pod come and go', async () => {
    const watching = user.start('get pods --watch --field-selector metadata.name=brief');
    const typed = user.start('get pods --watch --output-watch-events -l run=brief --no-headers');
    await kubectl('run brief --image=busybox');
    await Promise.all([watching.until(/^brief +1\/1 +Running/m), typed.until(/^ADDED +brief /m)]);
    await kubectl('delete pod brief');
    await typed.until(/^DELETED +brief /m);
    await Promise.all([watching.stop(), typed.stop()]);
  });

  test('describe', async () => {
    expect(await kubectl('describe pod talks')).toMatch(/Node: +vkubelet-mock-0\/[^]*Ready +True[^]*Normal +Scheduled/);
    expect(await kubectl('describe node vkubelet-mock-0')).toMatch(/Roles: +agent[^]*Non-terminated Pods:[^]*talks/);
    expect(await kubectl('describe deployment web')).toMatch(/2 desired \| 2 updated \| 2 total \| 2 available/);
    expect(await kubectl('describe replicaset -l app=web')).toMatch(/Controlled By: +Deployment\/web/);
    expect(await kubectl('describe namespace default')).toMatch(/Status: +Active/);
  });

  test('expose, and describe shows the addresses', async () => {
    await kubectl('expose deployment web --port=8080 --target-port=80');
    const described = await waitFor('the Service has addresses', async () => {
      const text = await kubectl('describe service web');
      return /5\.6\.7\.8:80/.test(text) ? text : undefined;
    });
    expect(described).toMatch(/Port: +<unset> +8080\/TCP[^]*Endpoints: +5\.6\.7\.8:80/);
    expect(await kubectl('get endpointslices -l kubernetes.io/service-name=web --no-headers')).toMatch(
      /IPv4 +80 +5\.6\.7\.8/,
    );
  });

  test('edit, with what an editor does', async () => {
    const environment = { KUBE_EDITOR: String.raw`sed -i s/replicas:\ 2/replicas:\ 3/` };
    const { stdout, code } = await user.tried('edit deployment web', { environment });
    expect([code, stdout]).toEqual([0, 'deployment.apps/web edited\n']);
    await kubectl('rollout status deployment/web --timeout=30s');
    expect(await kubectl('get deployment web -o jsonpath={.status.readyReplicas}')).toBe('3');
    const unchanged = await user.tried('edit deployment web', { environment: { KUBE_EDITOR: 'true' } });
    expect(unchanged).toMatchObject({ code: 0, stderr: 'Edit cancelled, no changes made.\n' });
  });

  test('rollout: restart, pause, resume, history and undo', async () => {
    await kubectl('rollout restart deployment/web');
    await kubectl('rollout status deployment/web --timeout=30s');
    await kubectl('rollout pause deployment/web');
    await kubectl('set image deployment/web nginx=nginx:3');
    expect(await kubectl('rollout history deployment/web')).not.toMatch(/^3 /m);
    await kubectl('rollout resume deployment/web');
    await kubectl('rollout status deployment/web --timeout=30s');
    expect(await kubectl('rollout history deployment/web --revision=3')).toContain('nginx:3');
    await kubectl('rollout undo deployment/web --to-revision=1');
    await kubectl('rollout status deployment/web --timeout=30s');
    expect(await kubectl('get deployment web -o jsonpath={..image}')).toBe('nginx:1');
  });

  test('scale with a condition, and autoscale', async () => {
    await kubectl('scale deployment web --current-replicas=3 --replicas=2');
    const refused = await user.tried('scale deployment web --current-replicas=3 --replicas=1');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('Expected replicas to be 3, was 2') });
    await kubectl('autoscale deployment web --min=1 --max=4 --cpu-percent=80');
    expect(cells(await kubectl('get hpa web --no-headers'))[0]?.slice(0, 2)).toEqual(['web', 'Deployment/web']);
    expect(await kubectl('describe hpa web')).toMatch(/Max replicas: +4/);
    await kubectl('delete hpa web');
  });

  test('logs in their variants', async () => {
    const lines = await waitFor('there are ten lines', async () => {
      const found = (await kubectl('logs talks')).split('\n');
      return found.length > 10 ? found : undefined;
    });
    expect(lines[0]).toBe('talks/talks line 1');
    expect((await kubectl('logs talks --tail=3')).split('\n')).toHaveLength(3);
    expect(await kubectl('logs -l app=talks --prefix --tail=1')).toMatch(
      /^\[pod\/talks\/talks\] talks\/talks line \d+$/,
    );
    expect(await kubectl('logs talks --timestamps --limit-bytes=40')).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await kubectl('logs deployment/web --all-containers')).toContain('/nginx line 1');
    const follower = user.start('logs -f talks --since=1h');
    await follower.until(/line 60\n/);
    await follower.stop();
  });

  test('exec, attach, cp and port-forward', async () => {
    expect(await kubectl('exec talks -- echo there')).toBe('there');
    expect((await user.tried(['exec', 'talks', '--', 'sh', '-c', 'exit 7'])).code).toBe(7);
    const attached = user.start('attach -i shell');
    attached.write('echo attached\n');
    await attached.until(/^attached$/m);
    await attached.stop();
    await writeFile(join(folder, 'there'), 'a file');
    await kubectl(`cp ${join(folder, 'there')} talks:/tmp/file`);
    await kubectl(`cp talks:/tmp/file ${join(folder, 'back')}`);
    expect(await readFile(join(folder, 'back'), 'utf8')).toBe('a file');
    const forward = user.start('port-forward deployment/web :80');
    const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+)/);
    // What stands behind every port of the mock is an echo.
    expect((await exchange(Number(port), Buffer.from('hello'))).toString()).toBe('hello');
    await forward.stop();
  });

  test('debug: a container in the pod, and a copy of the pod', async () => {
    await kubectl('debug talks --image=busybox --container=helper --profile=general -- sleep 1000');
    await waitFor('the container runs', async () => {
      const { stdout } = await user.tried('exec talks -c helper -- echo inside');
      return stdout === 'inside\n' || undefined;
    });
    await kubectl('debug talks --copy-to=copied --image=busybox --container=helper --profile=general -- sleep 1000');
    await kubectl('wait pod/copied --for=condition=Ready --timeout=30s');
    await kubectl('delete pod copied');
  });

  test('top and events', async () => {
    const use = await waitFor('there are measurements', async () => {
      const { stdout, code } = await user.tried('top pods --no-headers');
      return code === 0 && stdout.includes('talks') ? stdout : undefined;
    });
    expect(use).toMatch(/^talks +\d+m +\d+Mi/m);
    expect(await kubectl('top node --no-headers')).toMatch(/^vkubelet-mock-0 +\d+m +\d+% +\d+Mi/);
    expect(await kubectl('top pod talks --containers --no-headers')).toMatch(/^talks +talks +\d+m/m);
    expect(await kubectl('events --for=pod/talks --types=Normal --no-headers')).toMatch(
      /Normal +Scheduled +Pod\/talks/,
    );
    expect(await kubectl('get events --field-selector involvedObject.name=talks -o name')).toMatch(/^event\/talks\./);
  });

  test('run to its end, with its exit code, and gone', async () => {
    const flags = '--rm -i --restart=Never --image=busybox --pod-running-timeout=30s';
    const { stdout, stderr, code } = await user.tried(`run once ${flags} -- cat`, { input: 'from standard input\n' });
    expect({ stderr, code }).toMatchObject({ code: 0 });
    expect(stdout + stderr).toContain('from standard input');
    expect((await user.tried('get pod once')).code).toBe(1);
  });

  test('wait for deletion, for conditions and for fields', async () => {
    await kubectl('run gone --image=busybox --annotations=mock.virtual-kubelet.io/stop-delay=3s');
    await kubectl('wait pod/gone --for=condition=PodScheduled=true --timeout=30s');
    await kubectl('wait pod/gone --for=jsonpath={.status.phase}=Running --timeout=30s');
    await kubectl('delete pod gone --wait=false');
    expect(await kubectl('wait pod/gone --for=delete --timeout=30s')).toContain('condition met');
    const { code, stderr } = await user.tried('wait pod/talks --for=condition=Odd --timeout=1s');
    expect([code, stderr]).toEqual([1, expect.stringContaining('timed out waiting for the condition')]);
  });

  // kubectl learned to wait for what is not there yet in 1.31.
  test.runIf(minor >= 31)('wait for creation', async () => {
    const waiting = user.start('wait configmap/late --for=create --timeout=30s');
    await kubectl('create configmap late --from-literal=a=b');
    await waiting.until(/condition met/);
  });

  test('delete in the ways that cascade', async () => {
    const replicaSet = await kubectl('get replicasets -l app=web -o name --sort-by=.metadata.creationTimestamp');
    await kubectl('delete deployment web --cascade=orphan');
    expect(await kubectl('get replicasets -l app=web -o name --sort-by=.metadata.creationTimestamp')).toBe(replicaSet);
    expect(await kubectl('get pods -l app=web -o name')).toMatch(/^pod\/web-/);
    await kubectl('delete replicaset -l app=web --cascade=foreground --timeout=30s');
    expect(await kubectl('get pods -l app=web -o name')).toBe('');
    await kubectl('create deployment web --image=nginx');
    await kubectl('rollout status deployment/web --timeout=30s');
    await kubectl('delete deployment web --cascade=background');
    await kubectl('wait pod -l app=web --for=delete --timeout=30s');
    expect(await kubectl('delete pod talks --grace-period=0 --force')).toContain('pod "talks" force deleted');
  });
});
