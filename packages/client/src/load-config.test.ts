import { describe, expect, it } from 'vitest';
import type { Environment, Files } from './files.js';
import { serviceAccountFolder } from './in-cluster.js';
import { loadClusterConfig } from './load-config.js';

const kubeconfig = (server: string, name = 'x'): string =>
  `{current-context: ${name}, clusters: [{name: ${name}, cluster: {server: "${server}"}}], contexts: [{name: ${name}, context: {cluster: ${name}}}]}`;

function files(contents: Readonly<Record<string, string>>, unreadable: readonly string[] = []): Files {
  const all = new Map(Object.entries(contents));
  return {
    readText: (path) =>
      unreadable.includes(path)
        ? Promise.reject(new Error('EACCES: permission denied'))
        : Promise.resolve(all.get(path)),
  };
}

const pod: Environment = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
const account = {
  [`${serviceAccountFolder}/token`]: 'token\n',
  [`${serviceAccountFolder}/ca.crt`]: 'ca',
  [`${serviceAccountFolder}/namespace`]: 'kube-system\n',
};
const everywhere = {
  '/flag': kubeconfig('https://flag'),
  '/env': kubeconfig('https://env'),
  '/home/me/.kube/config': kubeconfig('https://home'),
  ...account,
};
const home = '/home/me';

describe('the cluster', () => {
  it('is the one of --kubeconfig before all others', async () => {
    const sources = { files: files(everywhere), env: { ...pod, KUBECONFIG: '/env' }, home };
    const config = await loadClusterConfig(sources, { kubeconfig: '/flag' });
    expect(config.server).toBe('https://flag');
  });

  it('is the one of KUBECONFIG next', async () => {
    const sources = { files: files(everywhere), env: { ...pod, KUBECONFIG: '/env' }, home };
    expect((await loadClusterConfig(sources)).server).toBe('https://env');
  });

  it('is the one of ~/.kube/config next', async () => {
    const config = await loadClusterConfig({ files: files(everywhere), env: pod, home });
    expect(config.server).toBe('https://home');
  });

  it('is that of the service account where there is no file', async () => {
    expect(await loadClusterConfig({ files: files(account), env: pod, home })).toEqual({
      origin: 'service account of this pod',
      server: 'https://10.96.0.1:443',
      trust: { authority: { kind: 'file', path: `${serviceAccountFolder}/ca.crt` } },
      namespace: 'kube-system',
      user: {
        origin: 'service account of this pod',
        authentication: { kind: 'tokenFile', path: `${serviceAccountFolder}/token` },
      },
    });
  });

  it('is reached by the proxy of the environment, unless the file names one', async () => {
    const withProxy = kubeconfig('https://h').replace('server:', 'proxy-url: "http://own:1", server:');
    const there = files({ '/a': kubeconfig('https://h'), '/b': withProxy });
    const env = { HTTPS_PROXY: 'http://env:1' };
    const load = (path: string) => loadClusterConfig({ files: there, env }, { kubeconfig: path });
    expect((await load('/a')).proxy?.reveal()).toBe('http://env:1/');
    expect((await load('/b')).proxy?.reveal()).toBe('http://own:1/');
  });

  it('has brackets around an IPv6 address', async () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    expect((await loadClusterConfig({ files: files(account), env })).server).toBe('https://[fd00::1]:6443');
  });

  it('is found in a list whose missing and empty parts are passed over', async () => {
    const there = files({ '/a': kubeconfig('https://a', 'a'), '/b': kubeconfig('https://b', 'b') });
    const sources = { files: there, env: { KUBECONFIG: '/missing::/a:/b' } };
    expect((await loadClusterConfig(sources)).server).toBe('https://a');
    expect((await loadClusterConfig(sources, { context: 'b' })).server).toBe('https://b');
  });

  it.each([
    ['an explicit file is missing', { kubeconfig: '/nowhere' }, {}, 'VK_KUBECONFIG_MISSING'],
    ['no file of KUBECONFIG exists', {}, { KUBECONFIG: '/nowhere:/neither' }, 'VK_KUBECONFIG_MISSING'],
    ['the file cannot be read', { kubeconfig: '/locked' }, {}, 'VK_KUBECONFIG_UNREADABLE'],
    ['the context is unknown', { kubeconfig: '/flag', context: 'y' }, {}, 'VK_KUBECONFIG_CONTEXT'],
  ])('is never guessed when %s', async (...[, options, env, code]) => {
    const sources = { files: files(everywhere, ['/locked']), env: { ...pod, ...env }, home };
    await expect(loadClusterConfig(sources, options)).rejects.toMatchObject({ code, exit: 3 });
  });

  it('is missing where nothing names one, and the error says what was tried', async () => {
    await expect(loadClusterConfig({ files: files({}), env: {}, home })).rejects.toMatchObject({
      code: 'VK_CLUSTER_NONE',
      exit: 3,
      message: expect.stringContaining('/home/me/.kube/config does not exist'),
    });
  });

  it.each([
    ['token', 'does not exist'],
    ['ca.crt', 'does not exist'],
  ])('cannot be used when the service account has no %s', async (name, detail) => {
    const contents = Object.fromEntries(Object.entries(account).filter(([path]) => !path.endsWith(`/${name}`)));
    await expect(loadClusterConfig({ files: files(contents), env: pod })).rejects.toMatchObject({
      code: 'VK_CLUSTER_SERVICE_ACCOUNT',
      message: `this looks like a pod, but ${serviceAccountFolder}/${name} ${detail}`,
    });
  });
});
