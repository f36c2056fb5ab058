/** Values that survive a journey to another process. Pure. */
import { Sensitive } from '@virtual-kubelet/base';

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Where a value is more than plain JSON: functions, class instances, numbers that are none. Hidden values of the contract are
 * allowed. Undefined members count as absent.
 */
export function notPlain(value: unknown, path: string = 'value'): readonly string[] {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return [];
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path} is ${value}`];
  if (typeof value !== 'object') return [`${path} is a ${typeof value}`];
  if (value instanceof Sensitive) return [];
  if (Array.isArray(value)) return value.flatMap((item, i) => notPlain(item, `${path}[${i}]`));
  if (!isPlainObject(value)) return [`${path} is an instance of ${value.constructor.name}`];
  return Object.entries(value).flatMap(([key, inner]) => notPlain(inner, `${path}.${key}`));
}
