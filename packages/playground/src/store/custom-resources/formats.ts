/** Formats of texts that schemas name and that are checked here. Of all others nothing is checked. */
import { isAddress } from '../rules/check.js';

const isUuid = (value: string): boolean => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(value);
const day = String.raw`\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const clock = String.raw`([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?`;
const isDay = new RegExp(`^${day}$`);
const isTime = new RegExp(`^${day}[Tt]${clock}([Zz]|[+-]\\d\\d:\\d\\d)$`);

function isNetwork(value: string): boolean {
  const [ip = '', bits = '', ...rest] = value.split('/');
  return rest.length === 0 && isAddress(ip) && /^\d{1,3}$/.test(bits) && Number(bits) <= (ip.includes(':') ? 128 : 32);
}

const formats: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['byte', (value) => value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)],
  ['cidr', isNetwork],
  ['date', (value) => isDay.test(value)],
  ['date-time', (value) => isTime.test(value)],
  ['duration', (value) => /^([+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+|0)$/.test(value)],
  ['ipv4', (value) => !value.includes(':') && isAddress(value)],
  ['ipv6', (value) => value.includes(':') && isAddress(value)],
  ['mac', (value) => /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(value)],
  ['uuid', isUuid],
]);

/** Names of the formats that are checked. */
export const checkedFormats: readonly string[] = [...formats.keys()];

/** Whether a text has a format; that of a format nobody knows it always has. */
export function hasFormat(value: string, format: string): boolean {
  return formats.get(format)?.(value) ?? true;
}
