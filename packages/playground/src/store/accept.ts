/** Accept headers, read into what a client wants, in its order. */

/** One form a client takes. */
export interface MediaRange {
  /** As `application/json`. */
  readonly type: string;
  /** A parameter such as `as` or `v`. */
  parameter(name: string): string | undefined;
}

/** Reads an Accept header; no header takes anything. */
export function mediaRanges(accept: string): readonly MediaRange[] {
  const parts = accept.split(',').filter((part) => part.trim() !== '');
  return (parts.length === 0 ? ['*/*'] : parts).map((part) => {
    const [type = '', ...parameters] = part.split(';').map((each) => each.trim());
    return {
      type: type.toLowerCase(),
      parameter: (name) => parameters.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1),
    };
  });
}

const jsonTypes: readonly string[] = ['application/json', 'application/*', '*/*'];

/** Whether a client that takes this takes JSON. */
export function takesJson({ type }: MediaRange): boolean {
  return jsonTypes.includes(type);
}
