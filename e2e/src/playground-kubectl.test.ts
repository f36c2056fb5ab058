// Stock kubectl against a playground on a socket: what users type, and what they see.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import { createPlayground, createPlaygroundAuthority, servePlayground } from '@virtual-kubelet/playground';
import type { Playground, ServedPlayground } from '@virtual-kubelet/playground';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubectlReleases } from './harness/kubectl-releases.js';
import type { KubectlUser } from './harness/kubectl-user.js';
import { cells, kubectlUser } from './harness/kubectl-user.js';

const pod = (name: string, more: object = {}): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...more },
  });

const deployment = (replicas: number): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'c', image: 'nginx:1', ports: [{ containerPort: 80 }] }] },
      },
    },
  });

describe.each(kubectlReleases())('kubectl $release', ({ path }) => {
  let playground: Playground;
  let served: ServedPlayground;
  let folder: string;
  let user: KubectlUser;
  const kubectl: KubectlUser['kubectl'] = (args, input) => user.kubectl(args, input);
  const tried: KubectlUser['tried'] = (args, more) => user.tried(args, more);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vk-playground-'));
    user = kubectlUser(path, folder);
    const authority = createPlaygroundAuthority({ clock: systemClock });
    playground = createPlayground({
      clock: systemClock,
      random: systemRandom,
      ids: systemIds,
      settings: { rootCertificate: authority.certificatePem },
    });
    served = await servePlayground({ playground, authority });
    await writeFile(join(folder, 'kubeconfig'), served.kubeconfig(), { mode: 0o600 });
  });

  afterAll(async () => {
    await served.close();
    playground.close();
    await rm(folder, { recursive: true });
  });

  describe('finds its way', () => {
    test('version, api-versions, api-resources, cluster-info', async () => {
      // An old kubectl warns of the distance to the server.
      expect(await user.succeeds('version')).toMatch(/Server Version: v1\.37\.\d+\+playground/);
      expect((await kubectl('api-versions')).split('\n')).toEqual(
        expect.arrayContaining(['v1', 'apps/v1', 'batch/v1']),
      );
      expect(await kubectl('api-resources --namespaced=true -o name')).toContain('deployments.apps');
      expect(await kubectl('cluster-info')).toContain(served.url);
    });

    test('explain', async () => {
      const explained = await kubectl('explain pod.spec.containers.ports');
      expect(explained).toContain('containerPort\t<integer> -required-');
      expect(await kubectl('explain cronjob --recursive')).toContain('concurrencyPolicy');
    });

    test('auth can-i, whoami, and as somebody else', async () => {
      expect(await kubectl('auth can-i create pods')).toBe('yes');
      expect(await kubectl('auth whoami -o jsonpath={.status.userInfo.username}')).toBe('system:admin');
      const asAnn = await kubectl('auth whoami --as=ann --as-group=testers -o jsonpath={.status.userInfo}');
      expect(JSON.parse(asAnn)).toMatchObject({ username: 'ann', groups: ['testers', 'system:authenticated'] });
    });

    test('get --raw, and a path that is not there', async () => {
      expect(await kubectl('get --raw /readyz')).toBe('ok');
      expect((await tried(['get', '--raw', '/nothing'])).stderr).toContain(
        'the server could not find the requested resource',
      );
    });
  });

  describe('shows', () => {
    test('pods in every form', async () => {
      await kubectl('create -f -', pod('shown'));
      expect(cells(await kubectl('get pods'))).toEqual([
        ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
        ['shown', '0/1', 'Pending', '0', expect.stringMatching(/^\d+s$/)],
      ]);
      const wide = cells(await kubectl('get pods -A -o wide --show-labels'));
      expect(wide[0]).toEqual(
        'NAMESPACE,NAME,READY,STATUS,RESTARTS,AGE,IP,NODE,NOMINATED NODE,READINESS GATES,LABELS'.split(','),
      );
      expect(wide[1]?.at(-1)).toBe('app=shown');
      expect(await kubectl('get pod shown -o name')).toBe('pod/shown');
      expect(await kubectl('get pod shown -o jsonpath={.spec.containers[0].imagePullPolicy}')).toBe('IfNotPresent');
      expect(await kubectl('get pod shown -o yaml')).toContain('kind: Pod');
      expect(await kubectl('get pods -l app=shown --field-selector=status.phase=Pending -o name')).toBe('pod/shown');
      expect(cells(await kubectl('get pods -o custom-columns=A:.metadata.name,B:.status.qosClass'))).toEqual([
        ['A', 'B'],
        ['shown', 'BestEffort'],
      ]);
      expect(await kubectl('get pods --sort-by=.metadata.name -o name')).toBe('pod/shown');
      expect(await kubectl('describe pod shown')).toMatch(/^Name: +shown\nNamespace: +default/);
      await kubectl('delete pod shown');
    });

    test('everything else with its own columns', async () => {
      expect(cells(await kubectl('get namespaces'))[0]).toEqual(['NAME', 'STATUS', 'AGE']);
      expect(cells(await kubectl('get service kubernetes'))[1]?.slice(0, 5)).toEqual([
        'kubernetes',
        'ClusterIP',
        '10.96.0.1',
        '<none>',
        '443/TCP',
      ]);
      expect(cells(await kubectl('get all'))[1]?.[0]).toBe('service/kubernetes');
      expect((await tried(['get', 'nodes'])).stderr).toBe('No resources found\n');
    });

    test('changes as they happen', async () => {
      const watching = user.start('get configmaps --watch-only -o name');
      await expect.poll(() => playground.server.openWatches, { timeout: 30_000 }).toBeGreaterThan(0);
      await kubectl('create configmap watched --from-literal=a=b');
      await kubectl('delete configmap watched');
      await watching.until(/^configmap\/watched\nconfigmap\/watched\n$/);
      await watching.stop();
    });
  });

  describe('changes', () => {
    test('apply: created, unchanged, configured; and by the server', async () => {
      expect(await kubectl('apply -f -', deployment(2))).toBe('deployment.apps/web created');
      expect(await kubectl('apply -f -', deployment(2))).toBe('deployment.apps/web unchanged');
      expect(await kubectl('apply -f -', deployment(3))).toBe('deployment.apps/web configured');
      expect(await kubectl('apply --server-side -f -', deployment(3))).toBe('deployment.apps/web serverside-applied');
      const conflict = await tried(['apply', '--server-side', '--field-manager=other', '-f', '-'], {
        input: deployment(4),
      });
      expect(conflict.stderr).toContain('conflict with "kubectl": .spec.replicas');
      expect(cells(await kubectl('get deployments'))).toMatchObject([
        ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE'],
        ['web', '0/3', '0', '0', expect.stringMatching(/s$/)],
      ]);
      expect(await kubectl('diff -f -', deployment(3))).toBe('');
      await kubectl('scale deployment web --replicas=5');
      await kubectl('set image deployment/web c=nginx:2');
      await kubectl('autoscale deployment web --max=9');
      await kubectl('expose deployment web --port=80');
      expect(await kubectl('get deployment web -o jsonpath={.spec.replicas}:{..image}')).toBe('5:nginx:2');
      await kubectl('delete deployment,hpa,service web');
    });

    test('a field that does not exist is refused', async () => {
      const { code, stderr } = await tried(['create', '-f', '-'], { input: pod('odd', { containerz: [] }) });
      expect(code).toBe(1);
      expect(stderr).toContain('strict decoding error: unknown field "spec.containerz"');
      const { stderr: invalid } = await tried(['create', '-f', '-'], {
        input: pod('odd', { restartPolicy: 'Sometimes' }),
      });
      expect(invalid).toContain('spec.restartPolicy: Unsupported value: "Sometimes"');
    });

    test('label, annotate, patch in three types, edit, replace', async () => {
      await kubectl('create -f -', pod('changed'));
      await kubectl('label pod changed a=b');
      await kubectl('annotate pod changed note=x');
      await kubectl('patch pod changed -p {"metadata":{"labels":{"s":"1"}}}');
      await kubectl('patch pod changed --type=merge -p {"metadata":{"labels":{"m":"1"}}}');
      await kubectl('patch pod changed --type=json -p [{"op":"add","path":"/metadata/labels/j","value":"1"}]');
      expect(JSON.parse(await kubectl('get pod changed -o jsonpath={.metadata.labels}'))).toEqual({
        app: 'changed',
        a: 'b',
        s: '1',
        m: '1',
        j: '1',
      });
      expect(await kubectl('label pod changed a-')).toBe('pod/changed unlabeled');
      expect(await kubectl('replace --force -f -', pod('changed'))).toContain('pod/changed replaced');
      expect(await kubectl('wait pod/changed --for=jsonpath={.status.phase}=Pending --timeout=10s')).toContain(
        'condition met',
      );
      expect(await kubectl('delete pod changed')).toMatch(/pod "changed" deleted/);
      expect((await tried(['get', 'pod', 'changed'])).stderr).toContain('pods "changed" not found');
    });

    test('every generator that sends protocol buffers', async () => {
      await kubectl('create namespace made');
      const commands = [
        'configmap c --from-literal=a=b',
        'secret generic s --from-literal=a=b',
        'serviceaccount a',
        'deployment d --image=nginx --port=80',
        'job j --image=busybox -- true',
        'cronjob k --image=busybox --schedule=@daily -- true',
        'service clusterip v --tcp=80',
        'role r --verb=get --resource=pods',
        'rolebinding b --role=r --serviceaccount=made:a',
        'quota q --hard=pods=3',
        'poddisruptionbudget p --selector=a=b --min-available=1',
        'ingress i --rule=example.com/=v:80',
      ];
      for (const command of commands) expect(await kubectl(`create -n made ${command}`)).toMatch(/created$/);
      expect(await kubectl('create token a -n made')).toMatch(/^ey/);
      expect(
        await kubectl('get cronjob k -n made -o jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].command}'),
      ).toBe('["true"]');
    });

    test('nodes: taint, cordon, drain', async () => {
      await kubectl('create -f -', JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } }));
      await kubectl('create -f -', pod('drained', { nodeName: 'n1', terminationGracePeriodSeconds: 0 }));
      await kubectl('taint node n1 key=value:NoSchedule');
      await kubectl('taint node n1 key-');
      await kubectl('cordon n1');
      expect(cells(await kubectl('get nodes'))[1]?.slice(0, 3)).toEqual(['n1', 'Unknown,SchedulingDisabled', '<none>']);
      const { code, stderr } = await tried(['drain', 'n1', '--force', '--timeout=30s']);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect((await tried(['get', 'pods', '-o', 'name'])).stdout).toBe('');
      await kubectl('uncordon n1');
      await kubectl('delete node n1');
    });

    test('a dry run changes nothing', async () => {
      expect(await kubectl('create -f - --dry-run=server', pod('dry'))).toBe('pod/dry created (server dry run)');
      expect((await tried(['get', 'pod', 'dry'])).code).toBe(1);
    });
  });
});
