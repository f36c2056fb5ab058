/**
 * `make run`: real Kubernetes on this machine, a virtual node with the mock provider, and the nginx example of the README,
 * until Ctrl-C. Everything listens on loopback and goes away with it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from './harness/index.js';
import { nginxPod } from './nginx-pod.js';
import { startVirtualKubelet } from './virtual-kubelet.js';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'virtual-kubelet-demo-'));
  const config = join(folder, 'mock.json');
  await writeFile(config, JSON.stringify({ 'vkubelet-mock-0': { cpu: '2', memory: '32Gi', pods: '128' } }));
  const plane = await startControlPlane({ report: say });
  const admin = plane.kubeconfig();
  const vk = startVirtualKubelet([
    '--provider',
    'mock',
    '--nodename',
    'vkubelet-mock-0',
    '--provider-config',
    config,
    '--kubeconfig',
    admin,
  ]);
  const kubectl = async (...args: string[]): Promise<void> => {
    say(`\n$ kubectl ${args.join(' ')}`);
    const { stdout, stderr, code } = await plane.kubectl(args, args.includes('-') ? { input: nginxPod } : {});
    say((stdout + stderr).trimEnd());
    if (code !== 0) throw new Error(`kubectl ended with status ${code}; the log of the node:\n${vk.log()}`);
  };
  const stop = async (): Promise<void> => {
    await vk.stop();
    await plane.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await kubectl('wait', 'node/vkubelet-mock-0', '--for=create', '--timeout=30s');
    await kubectl('wait', 'node/vkubelet-mock-0', '--for=condition=Ready', '--timeout=30s');
    await kubectl('get', 'nodes');
    await kubectl('apply', '-f', '-');
    await kubectl('wait', 'pod/nginx', '--for=condition=Ready', '--timeout=30s');
    await kubectl('get', 'pods', '-o', 'wide');
    say(
      `\nIt runs until Ctrl-C. In another terminal:\n\n  export KUBECONFIG=${admin}\n  kubectl get pods -o wide\n  kubectl delete pod nginx\n`,
    );
    if (process.env['VK_DEMO_ONCE'] !== '1')
      await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  } finally {
    await stop();
  }
}

await main();
process.exit(0);
