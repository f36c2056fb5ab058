import { isIP } from 'node:net';
import { isDnsSubdomain, isLabelValue, isQualifiedName } from '@virtual-kubelet/kubernetes';
import type { ValueForm } from './option.js';

interface Form {
  readonly fits: (text: string) => boolean;
  /** How to go on after `"text" is not`. */
  readonly words: string;
  /** What an expression can say of it; all that fits matches, but not the other way round. */
  readonly pattern: string;
}

const subdomain = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`;
const labelName = '[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const labelKey = `(${subdomain}/)?${labelName}`;
const ipv4 = String.raw`\d{1,3}(\.\d{1,3}){3}`;
const ipv6 = String.raw`[0-9a-fA-F]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*(%[^\s\]]+)?`;
const host = String.raw`(${ipv4}|${ipv6}|\[${ipv6}\]|${subdomain})`;
const port = String.raw`([0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])`;

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

function isHost(text: string): boolean {
  return isIP(text.replace(/^\[(.*)\]$/, '$1')) !== 0 || isDnsSubdomain(text);
}

function isListener(text: string): boolean {
  const at = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(at, 0));
  return text === 'none' || text === '' || (at >= 0 && isPort(text.slice(at + 1)) && (host === '' || isHost(host)));
}

function isLabel(text: string): boolean {
  const at = text.indexOf('=');
  return at > 0 && isQualifiedName(text.slice(0, at)) && isLabelValue(text.slice(at + 1));
}

const forms: Readonly<Record<ValueForm, Form>> = {
  'object-name': {
    fits: isDnsSubdomain,
    words: 'a name such as node-1: lower case letters, digits, "-" and ".", at most 253',
    pattern: `^${subdomain}$`,
  },
  domain: { fits: isDnsSubdomain, words: 'a DNS domain such as cluster.local', pattern: `^${subdomain}$` },
  host: { fits: isHost, words: 'an address or a host name', pattern: `^${host}$` },
  ip: { fits: (text) => isIP(text) !== 0, words: 'an IP address such as 10.0.0.1', pattern: `^(${ipv4}|${ipv6})$` },
  'label-key': { fits: isQualifiedName, words: 'a key such as example.com/name', pattern: `^${labelKey}$` },
  'label-value': {
    fits: isLabelValue,
    words: 'a value such as name: at most 63 letters, digits, "-", "_" and "."',
    pattern: `^(${labelName})?$`,
  },
  label: { fits: isLabel, words: 'of the form key=value, as labels are', pattern: `^${labelKey}=(${labelName})?$` },
  listener: {
    fits: isListener,
    words: 'an address such as 127.0.0.1:10255, nor none',
    pattern: `^(|none|${host}?:${port})$`,
  },
  port: {
    fits: (text) => text === 'none' || isPort(text),
    words: 'a port from 0 to 65535, nor none',
    pattern: `^(none|${port})$`,
  },
  verbosity: { fits: (text) => /^-?\d{1,9}$/.test(text), words: 'a whole number', pattern: String.raw`^-?\d{1,9}$` },
};

/** What is wrong with a text that should have a form; undefined when nothing is. */
export function formProblem(form: ValueForm, text: string): string | undefined {
  const { fits, words } = forms[form];
  return fits(text) ? undefined : `"${text}" is not ${words}`;
}

/** An expression that every text of a form matches. */
export function formPattern(form: ValueForm): string {
  return forms[form].pattern;
}
