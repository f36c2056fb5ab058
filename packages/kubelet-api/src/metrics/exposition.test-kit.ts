/** One sample as a scraper sees it. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Names in the order they were written. */
  readonly order: readonly string[];
  readonly value: number;
  readonly time?: number;
}

/** A parsed text: types by family name, and the samples. */
export interface ParsedText {
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly ParsedSample[];
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: (-?\d+))?$/;
const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;

function labelsOf(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (pair.lastIndex = 0; pair.lastIndex < text.length;) {
    const at = pair.lastIndex;
    const match = pair.exec(text);
    if (!match) throw new Error(`labels cannot be read at ${at}: ${text}`);
    pairs.push([match[1] ?? '', (match[2] ?? '').replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c))]);
  }
  return pairs;
}

function valueOf(text: string): number {
  if (!/^[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text.replace('Inf', 'Infinity'));
}

/** Reads a text of the Prometheus format, strictly: HELP, TYPE and samples of a family together, no series twice. */
export function parseExposition(text: string): ParsedText {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line is not ended');
  const types = new Map<string, string>();
  const samples: ParsedSample[] = [];
  const series = new Set<string>();
  let help = '';
  let family = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment?.[1] === 'HELP') {
      if (types.has(comment[2] ?? '')) throw new Error(`${comment[2]} comes twice`);
      help = comment[2] ?? '';
    } else if (comment) {
      family = comment[2] ?? '';
      if (family !== help) throw new Error(`${family} has no help`);
      types.set(family, comment[3] ?? '');
    } else {
      const match = sampleLine.exec(line);
      if (match?.[1] !== family) throw new Error(`not a sample of ${family}: ${line}`);
      const pairs = labelsOf(match[2] ?? '');
      const key = JSON.stringify([family, pairs.map((p) => p.join('=')).toSorted((a, b) => (a < b ? -1 : 1))]);
      if (series.has(key)) throw new Error(`twice: ${line}`);
      series.add(key);
      samples.push({
        name: family,
        labels: Object.fromEntries(pairs),
        order: pairs.map(([name]) => name),
        value: valueOf(match[3] ?? ''),
        ...(match[4] === undefined ? {} : { time: Number(match[4]) }),
      });
    }
  }
  return { types, samples };
}
