/** Requests and limits. */
import type { Quantity } from '@virtual-kubelet/kubernetes';
import { compareQuantities, parseQuantity } from '@virtual-kubelet/kubernetes';
import { invalidValue } from '../field-error.js';
import type { Json } from '../json.js';
import { field, json } from '../json.js';
import type { Errors } from './check.js';

const standard: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage', 'storage']);

/** What is wrong with the resources of a container. Quantities are in canonical form already. */
export function resourceErrors(path: string, resources: Json): Errors {
  const limits = json(resources, 'limits');
  const requests = json(resources, 'requests');
  return [
    ...listErrors(`${path}.limits`, limits),
    ...listErrors(`${path}.requests`, requests),
    ...Object.keys(requests).flatMap((name) => overLimit(`${path}.requests`, name, { requests, limits })),
  ];
}

function listErrors(path: string, amounts: Json): Errors {
  return Object.keys(amounts).flatMap((name) => {
    const at = `${path}[${name}]`;
    const amount = quantity(amounts, name);
    const negative = amount !== undefined && amount.nano < 0n;
    return [
      ...(isKnown(name) ? [] : [invalidValue(at, name, 'must be a standard resource type or fully qualified')]),
      ...(isForContainers(name) ? [] : [invalidValue(at, name, 'must be a standard resource for containers')]),
      ...(negative ? [invalidValue(at, amounts[name], 'must be greater than or equal to 0')] : []),
    ];
  });
}

function isKnown(name: string): boolean {
  return standard.has(name) || name.startsWith('hugepages-') || name.includes('/');
}

function isForContainers(name: string): boolean {
  return (isKnown(name) && name !== 'storage') || name.includes('/');
}

function quantity(amounts: Json, name: string): Quantity | undefined {
  const text = field(amounts, name);
  return typeof text === 'string' ? parseQuantity(text) : undefined;
}

interface Amounts {
  readonly requests: Json;
  readonly limits: Json;
}

function overLimit(path: string, name: string, { requests, limits }: Amounts): Errors {
  const request = quantity(requests, name);
  const limit = quantity(limits, name);
  if (request === undefined || limit === undefined || compareQuantities(request, limit) <= 0) return [];
  return [invalidValue(path, requests[name], `must be less than or equal to ${name} limit of ${String(limits[name])}`)];
}
