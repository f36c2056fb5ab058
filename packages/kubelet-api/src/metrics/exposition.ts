/** Content type of the Prometheus text format as a kubelet answers it. */
export const metricsContentType: string = 'text/plain; version=0.0.4; charset=utf-8';

/** Labels in the order they are written. */
export type Labels = readonly (readonly [name: string, value: string])[];

/** One value of a family. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Milliseconds since 1970; absent: the time of the scrape. */
  readonly time?: number;
}

/** A metric with all its samples. */
export interface SampleFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

function escape(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}

function line(name: string, { labels, value, time }: Sample): string {
  const pairs = labels.map(([label, text]) => `${label}="${escape(text)}"`).join(',');
  return `${name}${pairs === '' ? '' : `{${pairs}}`} ${value}${time === undefined ? '' : ` ${time}`}\n`;
}

/** Writes families in the order of their names; those without samples are left out, as a kubelet does. */
export function exposition(families: readonly SampleFamily[]): string {
  return families
    .filter((family) => family.samples.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(
      ({ name, help, type, samples }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.map((sample) => line(name, sample)).join('')}`,
    )
    .join('');
}
