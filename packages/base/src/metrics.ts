/** Label values in the order of the family's label names. */
export type LabelValues = readonly string[];

/** A value that only grows. */
export interface Counter {
  add(amount?: number): void;
}

/** A value that moves both ways. */
export interface Gauge {
  set(value: number): void;
}

/** A distribution over fixed buckets. */
export interface Histogram {
  observe(value: number): void;
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly lines: () => Iterable<string>;
}

/** What a metric family is declared with. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  /** Label names. Their values must come from a bounded set: never pod or user names. @default none */
  readonly labels?: readonly string[];
}

/**
 * Collects metric families and writes them in the Prometheus text format (version 0.0.4). What is declared again alike is
 * the same family; another one of its name throws TypeError.
 */
export interface MetricRegistry {
  counter(options: MetricOptions): (...labels: LabelValues) => Counter;
  gauge(options: MetricOptions): (...labels: LabelValues) => Gauge;
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): (...labels: LabelValues) => Histogram;
  /** A gauge whose value is asked for when the text is written; of several readers the sum. */
  observedGauge(options: MetricOptions, read: () => number): void;
  render(): string;
  /** Names, types and help texts in order of declaration; the documentation is made from them. */
  describe(): readonly {
    readonly name: string;
    readonly type: string;
    readonly help: string;
    readonly labels: readonly string[];
  }[];
}

function escape(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}

function braces(names: readonly string[], values: LabelValues, extra: string = ''): string {
  const pairs = names.map((name, i) => `${name}="${escape(values[i] ?? '')}"`);
  if (extra) pairs.push(extra);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function number(value: number): string {
  return value === Infinity ? '+Inf' : String(value);
}

class Series<T> {
  readonly #byKey = new Map<string, { readonly labels: LabelValues; readonly cell: T }>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  of(labels: LabelValues): T {
    const key = labels.join('\u0000');
    const found = this.#byKey.get(key);
    if (found) return found.cell;
    const cell = this.#make();
    this.#byKey.set(key, { labels, cell });
    return cell;
  }

  entries(): Iterable<{ readonly labels: LabelValues; readonly cell: T }> {
    return this.#byKey.values();
  }
}

interface Buckets {
  readonly counts: number[];
  sum: number;
  count: number;
}

function* histogramLines(
  family: MetricOptions & { buckets: readonly number[] },
  series: Series<Buckets>,
): Iterable<string> {
  const names = family.labels ?? [];
  for (const { labels, cell } of series.entries()) {
    let total = 0;
    for (const [i, bound] of [...family.buckets, Infinity].entries()) {
      total += cell.counts[i] ?? 0;
      yield `${family.name}_bucket${braces(names, labels, `le="${number(bound)}"`)} ${total}`;
    }
    yield `${family.name}_sum${braces(names, labels)} ${cell.sum}`;
    yield `${family.name}_count${braces(names, labels)} ${cell.count}`;
  }
}

function observeInto(cell: Buckets, bounds: readonly number[], value: number): void {
  const found = bounds.findIndex((bound) => value <= bound);
  const at = found < 0 ? bounds.length : found;
  cell.counts[at] = (cell.counts[at] ?? 0) + 1;
  cell.sum += value;
  cell.count += 1;
}

interface Declaration<T> {
  readonly type: Family['type'];
  /** What was declared so far, by definition. */
  readonly known: Map<string, T>;
  readonly make: () => T;
  readonly lines: (made: T) => Iterable<string>;
}

/** Makes an empty {@link MetricRegistry}. */
export function metricRegistry(): MetricRegistry {
  const families: Family[] = [];
  const scalars = new Map<string, Series<{ value: number }>>();
  const distributions = new Map<string, Series<Buckets>>();
  const readers = new Map<string, (() => number)[]>();

  /** What is alike is one family, as of two transports in a process; one name for different things is a mistake. */
  const declare = <T>(
    options: MetricOptions & { readonly buckets?: readonly number[] },
    { type, known, make, lines }: Declaration<T>,
  ): T => {
    const { name, help, labels = [], buckets } = options;
    const definition = JSON.stringify([name, help, type, labels, buckets]);
    const same = known.get(definition);
    if (same) return same;
    if (families.some((f) => f.name === name)) throw new TypeError(`metric ${name} is declared twice, and not alike`);
    const made = make();
    known.set(definition, made);
    families.push({ name, help, type, labels, lines: () => lines(made) });
    return made;
  };

  const scalar = (options: MetricOptions, type: 'counter' | 'gauge'): Series<{ value: number }> =>
    declare(options, {
      type,
      known: scalars,
      make: () => new Series(() => ({ value: 0 })),
      *lines(series) {
        for (const { labels, cell } of series.entries())
          yield `${options.name}${braces(options.labels ?? [], labels)} ${number(cell.value)}`;
      },
    });

  return {
    counter(options) {
      const series = scalar(options, 'counter');
      return (...labels) => {
        const cell = series.of(labels);
        return { add: (amount = 1) => void (cell.value += amount) };
      };
    },
    gauge(options) {
      const series = scalar(options, 'gauge');
      return (...labels) => {
        const cell = series.of(labels);
        return { set: (value) => void (cell.value = value) };
      };
    },
    histogram(options) {
      const series = declare(options, {
        type: 'histogram',
        known: distributions,
        make: () => new Series<Buckets>(() => ({ counts: [], sum: 0, count: 0 })),
        lines: (all) => histogramLines(options, all),
      });
      return (...labels) => {
        const cell = series.of(labels);
        return { observe: (value) => observeInto(cell, options.buckets, value) };
      };
    },
    observedGauge(options, read) {
      const all = declare(options, {
        type: 'gauge',
        known: readers,
        make: (): (() => number)[] => [],
        *lines(reads) {
          yield `${options.name} ${number(reads.reduce((sum, each) => sum + each(), 0))}`;
        },
      });
      all.push(read);
    },
    render() {
      const text: string[] = [];
      for (const family of families) {
        text.push(`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.type}`, ...family.lines());
      }
      return `${text.join('\n')}\n`;
    },
    describe: () => families.map(({ name, type, help, labels }) => ({ name, type, help, labels })),
  };
}
