import { describe, expect, it } from 'vitest';
import {
  defaultImagePullPolicy,
  isConfigKey,
  isDns1035Label,
  isDnsLabel,
  isDnsSubdomain,
  isEnvVarName,
  isLabelValue,
  isPortName,
  isQualifiedName,
  isRelaxedEnvVarName,
  parseImageReference,
} from './index.js';

interface Rule {
  readonly rule: (text: string) => boolean;
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

const long = (length: number): string => 'a'.repeat(length);

const rules: Readonly<Record<string, Rule>> = {
  'DNS-1123 labels': {
    rule: isDnsLabel,
    good: ['a', 'a1', '0', '01', 'a-1', 'a--1', long(63)],
    bad: ['', 'A', 'a.b', '-a', 'a-', 'a_b', ' a', 'a\n', '\u00e9', long(64)],
  },
  'DNS-1123 subdomains': {
    rule: isDnsSubdomain,
    good: ['a', 'a.b', '0.1', 'a-1.b-2', long(253)],
    bad: ['', '.', 'a.', '.a', 'a..b', 'A.b', 'a.-b', 'a_b', 'a.b\n', long(254)],
  },
  'DNS-1035 labels': { rule: isDns1035Label, good: ['a', 'a-1'], bad: ['', '1a', 'a.b', '-a'] },
  'qualified names': {
    rule: isQualifiedName,
    good: ['simple', 'Now-with_dashes.dots', '1', 'example.com/a', `${long(253)}/a`, `a/${long(63)}`],
    bad: ['', '/', 'a/', '/a', 'a/b/c', 'A.com/a', '-a', 'a-', long(64), `${long(254)}/a`, 'a b'],
  },
  'label values': {
    rule: isLabelValue,
    good: ['', 'a', 'A.b_c-d', '1', long(63)],
    bad: ['-a', 'a-', 'a/b', 'a b', long(64), '.a', 'a\n'],
  },
  'environment variable names': {
    rule: isEnvVarName,
    good: ['a', 'A_B', '_', 'a.b-c', '-a', '.a'],
    bad: ['', '1a', '.', '..', '..a', 'a b', 'a=b', '\u00e9', 'a\n'],
  },
  'relaxed environment variable names': {
    rule: isRelaxedEnvVarName,
    good: ['a', '1a', '.', '..a', 'a b', '!#$%', '~', ' '],
    bad: ['', 'a=b', '=', '\u00e9', 'a\n', '\t', '\u007f'],
  },
  'keys of ConfigMaps': {
    rule: isConfigKey,
    good: ['a', 'A.b_c-d', '1', '.a', '-', long(253)],
    bad: ['', '.', '..', '..a', 'a/b', 'a b', long(254)],
  },
  'names of ports': {
    rule: isPortName,
    good: ['http', 'a', 'a-1', '1a', long(15)],
    bad: ['', '80', 'a--b', '-a', 'a-', 'HTTP', long(16), 'a_b'],
  },
};

describe.each(Object.entries(rules))('%s', (_name, { rule, good, bad }) => {
  it.each(good.map((text) => [text]))('accept %j', (text) => expect(rule(text)).toBe(true));
  it.each(bad.map((text) => [text]))('refuse %j', (text) => expect(rule(text)).toBe(false));
});

describe('names of images', () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

  it.each([
    ['nginx', { registry: 'docker.io', repository: 'library/nginx' }],
    ['nginx:1.27', { registry: 'docker.io', repository: 'library/nginx', tag: '1.27' }],
    ['me/app', { registry: 'docker.io', repository: 'me/app' }],
    ['docker.io/nginx', { registry: 'docker.io', repository: 'library/nginx' }],
    ['localhost/app', { registry: 'localhost', repository: 'app' }],
    ['host:5000/a/b:v1', { registry: 'host:5000', repository: 'a/b', tag: 'v1' }],
    [`quay.io/a/b@${digest}`, { registry: 'quay.io', repository: 'a/b', digest }],
    [`quay.io/a/b:v1@${digest}`, { registry: 'quay.io', repository: 'a/b', tag: 'v1', digest }],
    ['registry.k8s.io/pause:3.10', { registry: 'registry.k8s.io', repository: 'pause', tag: '3.10' }],
  ])('%s is taken apart', (text, expected) => {
    expect(parseImageReference(text)).toEqual(expected);
  });

  it.each(['', ':tag', 'UPPER', 'a b', 'a//b', 'nginx:', 'nginx@sha256:xyz', '/nginx', 'a@b@c'])(
    '%j is not one',
    (text) => expect(parseImageReference(text)).toBeUndefined(),
  );

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['host:5000/nginx', 'Always'],
    ['nginx:1.27', 'IfNotPresent'],
    [`nginx@${digest}`, 'IfNotPresent'],
    [`nginx:latest@${digest}`, 'Always'],
  ])('%s is pulled %s by default', (image, policy) => {
    expect(defaultImagePullPolicy(image)).toBe(policy);
  });
});
