import { describe, expect, it } from 'vitest';
import type { Environment } from './files.js';
import { proxyFromEnvironment } from './proxy-environment.js';

function proxy(server: string, env: Environment): string | undefined {
  return proxyFromEnvironment(server, env)?.reveal();
}

const both = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:1' };

describe('the proxy of the environment', () => {
  it('is chosen by the scheme of the server', () => {
    expect(proxy('https://api:6443', both)).toBe('http://secure:1/');
    expect(proxy('http://api:8080', both)).toBe('http://plain:1/');
    expect(proxy('https://api', { HTTP_PROXY: 'http://plain:1' })).toBeUndefined();
  });

  it('may be named in lower case and without a scheme', () => {
    expect(proxy('https://api', { https_proxy: 'me:pass@host:3128' })).toBe('http://me:pass@host:3128/');
  });

  it.each(['localhost', '127.0.0.1', '127.8.9.1', '[::1]'])('is not used for %s', (host) => {
    expect(proxy(`https://${host}:6443`, both)).toBeUndefined();
  });

  it.each([
    ['*', 'api.example.com', true],
    ['example.com', 'example.com', true],
    ['example.com', 'api.example.com', true],
    ['example.com', 'badexample.com', false],
    ['.example.com', 'api.example.com', true],
    ['.example.com', 'example.com', false],
    ['*.example.com', 'api.example.com', true],
    ['EXAMPLE.com', 'Api.Example.Com', true],
    ['example.com:6443', 'example.com', true],
    ['example.com:443', 'example.com', false],
    ['other , example.com,', 'example.com', true],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '110.0.0.1', false],
    ['10.0.0.0/8', '10.96.0.1', true],
    ['10.0.0.0/8', '11.96.0.1', false],
    ['10.0.0.0/8', 'example.com', false],
    ['10.0.0.0/x', '10.0.0.1', false],
    ['10.0.0.0/99', '10.0.0.1', false],
    ['fd00::/8', '[fd00::1]', true],
    ['fd00::1', '[fd00::1]', true],
    ['[fd00::1]:6443', '[fd00::1]', true],
    ['', 'example.com', false],
  ])('with NO_PROXY %j: a server at %s goes without it: %s', (noProxy, host, without) => {
    const found = proxy(`https://${host}:6443`, { ...both, NO_PROXY: noProxy });
    expect(found === undefined).toBe(without);
  });

  it('that is of another kind is an error without its password', () => {
    expect(() => proxy('https://api', { HTTPS_PROXY: 'socks5://me:canary@host:1' })).toThrowError(
      expect.objectContaining({
        code: 'VK_CLUSTER_PROXY',
        exit: 3,
        message: 'HTTPS_PROXY holds no URL of an HTTP proxy',
      }),
    );
  });
});
