import { lineSplitter } from '@virtual-kubelet/base';
import type { LogDecoder, LineHead, ReadHead } from './log-decoder.js';
import { headedDecoder } from './log-decoder.js';
import type { LogPiece } from './log-piece.js';
import { parseLogTime } from './log-time.js';

const space = 32;

const ascii = new TextDecoder('latin1');
const utf8 = new TextEncoder();

interface Words {
  readonly words: readonly string[];
  /** Bytes up to the text. */
  readonly length: number;
}

/** The words of a line before its n-th space; undefined when there are fewer spaces. */
function words(line: Uint8Array, count: number): Words | undefined {
  let end = -1;
  for (let n = 0; n < count; n += 1) {
    end = line.indexOf(space, end + 1);
    if (end < 0) return undefined;
  }
  return { words: ascii.decode(line.subarray(0, end)).split(' '), length: end + 1 };
}

const noHead: LineHead = { length: 0 };

/** Lines of a platform that keeps no times. Give one per stream where the platform tells them apart. */
export function textDecoder(stream?: 'stdout' | 'stderr'): LogDecoder {
  const head: LineHead = stream === undefined ? noHead : { length: 0, stream };
  return headedDecoder(() => head);
}

const readTime: ReadHead = (line, whole) => {
  const start = words(line, 1);
  if (!start) return whole ? (timeHead(ascii.decode(line), line.length) ?? noHead) : undefined;
  return timeHead(start.words[0] ?? '', start.length) ?? noHead;
};

function timeHead(text: string, length: number): LineHead | undefined {
  const time = parseLogTime(text);
  return time === undefined ? undefined : { length, time };
}

/** Lines that begin with an RFC 3339 time and a space, as container engines print them when asked for timestamps. A line without is text. */
export function timedTextDecoder(): LogDecoder {
  return headedDecoder(readTime);
}

const readCri: ReadHead = (line, whole) => {
  const start = words(line, 3);
  if (!start) return whole ? criHead(words(joinSpace(line), 3), line.length) : undefined;
  return criHead(start, start.length);
};

/** A record without text may come without its last space. */
function joinSpace(line: Uint8Array): Uint8Array {
  const longer = new Uint8Array(line.length + 1);
  longer.set(line);
  longer[line.length] = space;
  return longer;
}

function criHead(start: Words | undefined, length: number): LineHead {
  const [timeText = '', stream, tags = ''] = start?.words ?? [];
  const time = parseLogTime(timeText);
  if (time === undefined || (stream !== 'stdout' && stream !== 'stderr') || !/^[FP]/.test(tags)) return noHead;
  return { length, time, stream, partial: tags.split(':')[0] === 'P' };
}

/**
 * The log files of container runtimes: `<time> <stdout|stderr> <F|P> <text>`, where P is a part of a longer line
 * (kubernetes/design-proposals-archive, node/kubelet-cri-logging.md). What has not this form is text.
 */
export function criDecoder(): LogDecoder {
  return headedDecoder(readCri);
}

function record(line: Uint8Array): readonly LogPiece[] {
  const { log, stream, time } = jsonObject(line);
  if (typeof log !== 'string') return [{ bytes: line, ends: true }];
  const ends = log.endsWith('\n');
  const parsed = typeof time === 'string' ? parseLogTime(time) : undefined;
  return [
    {
      bytes: utf8.encode(ends ? log.slice(0, -1) : log),
      ends,
      ...(parsed === undefined ? {} : { time: parsed }),
      ...(stream === 'stderr' || stream === 'stdout' ? { stream } : {}),
    },
  ];
}

interface JsonRecord {
  readonly log?: unknown;
  readonly stream?: unknown;
  readonly time?: unknown;
}

function jsonObject(line: Uint8Array): JsonRecord {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(line));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** One JSON object a line with `log`, `stream` and `time`, as Docker writes its files. What is no such object is text. */
export function jsonLinesDecoder(): LogDecoder {
  const splitter = lineSplitter();
  return {
    push: (chunk) => splitter.push(chunk).flatMap(record),
    end() {
      const last = splitter.end();
      return last === undefined ? [] : record(last);
    },
  };
}
