/**
 * Records how an API server writes quantities: each is put into a CSIStorageCapacity and read back. (Resource lists,
 * as in pods and quotas, would round to thousandths.)
 */
import type { Choices } from './random.js';
import type { Server } from './server.js';

/** One line of the recording: the text the server answers with, or the code of the refusal. */
export interface QuantityRecord {
  readonly text: string;
  readonly answer?: string;
  readonly code?: number;
}

const known = [
  ...[
    '0',
    '00',
    '0Ki',
    '5.',
    '+5',
    '05',
    '.5',
    '0.5',
    '1.5',
    '1.500',
    '1.000',
    '1000m',
    '1500m',
    '0.1m',
    '1.1n',
    '0.9n',
  ],
  ...[
    '1e-20',
    '1e1',
    '1E5',
    '1e+3',
    '12E3',
    '100e-2',
    '1e18',
    '10E',
    '1000k',
    '1Ki',
    '1.Ki',
    '1023Ki',
    '1024Ki',
    '1025Ki',
  ],
  ...[
    '0.5Ki',
    '0.0001Ki',
    '1.5Gi',
    '7.5Ei',
    '7Ei',
    '8Ei',
    '16Ei',
    '9223372036854775807',
    '123456789012345678',
    '0.000000001',
  ],
  ...['abc', '1.5.5', '12e', '1ki', '1K', '1.1.M', '0.1am', '3.01e-', '1 Gi', ''],
];
const suffixes = [
  '',
  'n',
  'u',
  'm',
  'k',
  'M',
  'G',
  'T',
  'P',
  'Ki',
  'Mi',
  'Gi',
  'Ti',
  'Pi',
  'e3',
  'E6',
  'e-3',
  'e+9',
  'e1',
];

/** Records known and random quantities. */
export async function recordQuantities(
  { server, namespace, choices }: { readonly server: Server; readonly namespace: string; readonly choices: Choices },
  count: number,
): Promise<QuantityRecord[]> {
  const records: QuantityRecord[] = [];
  const random = Array.from({ length: count }, () => randomText(choices));
  for (const text of [...known, ...random]) {
    const body = { metadata: { name: 'quantity' }, storageClassName: 'recorded', capacity: text };
    const path = `/apis/storage.k8s.io/v1/namespaces/${namespace}/csistoragecapacities?dryRun=All`;
    const answer = await server.call({ method: 'POST', path, body });
    const { capacity } = answer.body;
    records.push(typeof capacity === 'string' ? { text, answer: capacity } : { text, code: answer.code });
  }
  return records;
}

function randomText(choices: Choices): string {
  const digits = choices.below(10 ** choices.below(9));
  const fraction = choices.chance(0.5) ? `.${choices.below(10 ** choices.below(7))}` : '';
  return `${digits}${fraction}${choices.pick(suffixes)}`;
}
