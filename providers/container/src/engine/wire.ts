/** Reading JSON of an engine: nothing of its shape is believed before it was looked at. */

/** An object of unknown fields. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; empty for anything else. */
export function fields(value: unknown): Fields {
  return value instanceof Object && !Array.isArray(value) ? (value as Fields) : {};
}

/** The value as a list; empty for anything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** The value as a text; empty for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The value as a number; undefined for anything else. */
export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Labels, or any other map of texts. */
export function texts(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields(value)).map(([key, each]) => [key, text(each)]));
}

/** An RFC 3339 time in milliseconds; undefined for none and for Go's zero time. */
export function time(value: unknown): number | undefined {
  const at = Date.parse(text(value));
  return Number.isFinite(at) && at > 0 ? at : undefined;
}

/** Splits a stream of JSON values, one a line. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as unknown;
  }
  if (rest.trim() !== '') yield JSON.parse(rest) as unknown;
}
