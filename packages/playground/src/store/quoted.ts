/** Text in double quotes, as %q of Go writes it. */
export function quoted(value: string): string {
  return JSON.stringify(value);
}
