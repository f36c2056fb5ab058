import { parseQuantity, QuantityError, quantityMilliValue, quantityValue } from '@virtual-kubelet/kubernetes';
import type { ScriptOption } from './script-option.js';

/** What the streams of a pod do. */
export interface StreamScript {
  /** Lines a second each container writes. */
  readonly logRate: number;
  /** Lines of one run; absent: as long as it runs. */
  readonly logLines?: number;
  /** Least length of a line in bytes, its newline not counted. */
  readonly logLineBytes: number;
  /** Every n-th line goes to stderr; 0: none. */
  readonly stderrEvery: number;
  /** Use of each container; absent: by its requests. */
  readonly cores?: number;
  readonly bytes?: number;
  /** Local port by port of the pod; `*` for all others. */
  readonly forwardTo: readonly ForwardRule[];
}

/** Where connections to a port of the pod go. */
export interface ForwardRule {
  readonly port: number | '*';
  readonly localPort: number;
}

/** What pods without annotations do. */
export const defaultStreams: StreamScript = { logRate: 1, logLineBytes: 0, stderrEvery: 0, forwardTo: [] };

/** The annotations about streams. */
export const streamOptions: readonly ScriptOption[] = [
  {
    name: 'log-rate',
    value: 'lines per second, default 1; 0 for containers with stdin',
    meaning: 'numbered lines each container writes to its log, the first at its start',
  },
  { name: 'log-lines', value: 'number', meaning: 'lines a run writes; without it, as many as its time allows' },
  {
    name: 'log-line-bytes',
    value: 'number, default 0',
    meaning: 'least length of a line, filled up with digits; at most 1 MiB',
  },
  { name: 'log-stderr-every', value: 'number, default 0', meaning: 'every n-th line goes to stderr' },
  {
    name: 'cpu-use',
    value: 'quantity, default half of the request, or 5m',
    meaning: 'CPU each container uses on average, for kubectl top',
  },
  {
    name: 'memory-use',
    value: 'quantity, default half of the request, or 20Mi',
    meaning: 'memory each container comes to use, for kubectl top',
  },
  {
    name: 'forward-to',
    value: 'port, or rules such as 80=8080,443=8443',
    meaning:
      'local port that kubectl port-forward reaches instead of an echo; the configuration of the node must list it in localPorts',
  },
];

/** Access to the annotations of one pod. */
export interface AnnotationReader {
  /** The text of an annotation, by its name without the prefix. */
  readonly read: (name: string) => string | undefined;
  /** Makes the failure that says what is wrong with one. */
  readonly invalid: (name: string, value: string, wanted: string) => Error;
}

/** Most bytes of one line. */
const longestLine = 1024 * 1024;

function number(reader: AnnotationReader, name: string, limit: number): number | undefined {
  const text = reader.read(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= limit))
    throw reader.invalid(name, text, `a number from 0 to ${limit}`);
  return value;
}

function quantity(reader: AnnotationReader, name: string, unit: typeof quantityValue): number | undefined {
  const text = reader.read(name);
  if (text === undefined) return undefined;
  try {
    const value = unit(parseQuantity(text));
    if (value >= 0) return value;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
  }
  throw reader.invalid(name, text, 'a quantity such as 250m or 64Mi');
}

const rule = /^(?:(\d{1,5})=)?(\d{1,5})$/;

function forwardRules(reader: AnnotationReader): readonly ForwardRule[] {
  const text = reader.read('forward-to');
  if (text === undefined) return [];
  return text.split(',').map((part) => {
    const [, port, local] = rule.exec(part.trim()) ?? [];
    if (local === undefined) throw reader.invalid('forward-to', text, 'a port, or rules such as 80=8080');
    return { port: port === undefined ? '*' : Number(port), localPort: Number(local) };
  });
}

/** Reads the annotations about streams. Throws the reader's failure. */
export function streamScriptOf(reader: AnnotationReader): StreamScript {
  const logRate = number(reader, 'log-rate', 1e6) ?? defaultStreams.logRate;
  const logLines = number(reader, 'log-lines', Number.MAX_SAFE_INTEGER);
  const milli = quantity(reader, 'cpu-use', quantityMilliValue);
  const bytes = quantity(reader, 'memory-use', quantityValue);
  return {
    logRate,
    ...(logLines === undefined ? {} : { logLines: Math.floor(logLines) }),
    logLineBytes: Math.floor(number(reader, 'log-line-bytes', longestLine) ?? 0),
    stderrEvery: Math.floor(number(reader, 'log-stderr-every', Number.MAX_SAFE_INTEGER) ?? 0),
    ...(milli === undefined ? {} : { cores: milli / 1_000 }),
    ...(bytes === undefined ? {} : { bytes }),
    forwardTo: forwardRules(reader),
  };
}
