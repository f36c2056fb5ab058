import { parseTime, TimeError } from '@virtual-kubelet/kubernetes';
import type { LogOptions } from '@virtual-kubelet/provider';

/** An HTTP answer other than success, as `text/plain`. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** What a log query asks, or why it is turned away. */
export type ParsedLogQuery = { readonly options: LogOptions } | { readonly refusal: Refusal };

// The two answers of kubernetes/kubernetes:pkg/kubelet/server/server.go: JSON sent as text.
const undecodable: Refusal = { status: 400, message: '{"message": "Unable to decode query."}' };
const invalid: Refusal = { status: 422, message: '{"message": "Invalid request."}' };

class Undecodable extends Error {}

/** Only absence, `false` and `0` are false; any other word, also the empty one, is true: so queries of the API decode. */
function booleanOf(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  return text !== null && text !== '0' && text.toLowerCase() !== 'false';
}

const int64 = 2n ** 63n;

function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw new Undecodable();
  const value = BigInt(text.replace(/^\+/, ''));
  if (value >= int64 || value < -int64) throw new Undecodable();
  return Number(value);
}

/** `tail` is the older name of `tailLines`; `all` lifts the limit. */
function tailOf(query: URLSearchParams): number | undefined {
  const old = query.get('tail');
  if (old === null || old === '') return integerOf(query, 'tailLines');
  return old === 'all' ? undefined : integerOf(query, 'tail');
}

/** The time of the query, `''` for one that selects everything. */
function sinceTimeOf(query: URLSearchParams): string | undefined {
  const text = query.get('sinceTime');
  if (text === null) return undefined;
  if (text === '' || text === 'null') return '';
  try {
    parseTime(text);
    return text;
  } catch (error) {
    if (error instanceof TimeError) throw new Undecodable();
    throw error;
  }
}

interface RawQuery {
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly sinceTime: string | undefined;
  readonly stream: string;
}

function decode(query: URLSearchParams): RawQuery {
  return {
    tailLines: tailOf(query),
    limitBytes: integerOf(query, 'limitBytes'),
    sinceSeconds: integerOf(query, 'sinceSeconds'),
    sinceTime: sinceTimeOf(query),
    stream: query.get('stream') ?? 'All',
  };
}

function isStream(text: string): text is LogOptions['stream'] {
  return text === 'All' || text === 'Stdout' || text === 'Stderr';
}

/** The rules of ValidatePodLogOptions; the stream where they hold. */
function streamIfValid(raw: RawQuery): LogOptions['stream'] | undefined {
  const { tailLines, limitBytes, sinceSeconds, sinceTime, stream } = raw;
  if (tailLines !== undefined && tailLines < 0) return undefined;
  if (limitBytes !== undefined && limitBytes < 1) return undefined;
  if (sinceSeconds !== undefined && (sinceSeconds < 1 || sinceTime !== undefined)) return undefined;
  if (!isStream(stream)) return undefined;
  return stream !== 'All' && tailLines !== undefined ? undefined : stream;
}

/** The years a time of the API can have. */
const earliest = Date.UTC(0, 0, 1);

function sinceOf(raw: RawQuery, now: number): string | undefined {
  if (raw.sinceSeconds === undefined) return raw.sinceTime === '' ? undefined : raw.sinceTime;
  const since = now - raw.sinceSeconds * 1_000;
  return since < earliest ? undefined : new Date(since).toISOString();
}

/**
 * Reads the query of `/containerLogs`, as an API server sends it, with the validation of a kubelet.
 * @param now wall time in milliseconds; `sinceSeconds` counts back from it
 */
export function parseLogQuery(query: URLSearchParams, now: number): ParsedLogQuery {
  let raw: RawQuery;
  try {
    raw = decode(query);
  } catch (error) {
    if (error instanceof Undecodable) return { refusal: undecodable };
    throw error;
  }
  const stream = streamIfValid(raw);
  if (stream === undefined) return { refusal: invalid };
  const { tailLines, limitBytes } = raw;
  const sinceTime = sinceOf(raw, now);
  return {
    options: {
      follow: booleanOf(query, 'follow'),
      previous: booleanOf(query, 'previous'),
      timestamps: booleanOf(query, 'timestamps'),
      stream,
      ...(tailLines === undefined ? {} : { tailLines }),
      ...(limitBytes === undefined ? {} : { limitBytes }),
      ...(sinceTime === undefined ? {} : { sinceTime }),
    },
  };
}
