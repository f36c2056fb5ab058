/** Tokens of lists that go on: the version of the first page, and where the last one ended. */
import { badRequest } from './refusal.js';

/** What a token says. */
export interface ContinueToken {
  readonly version: number;
  /** Key of the last object already returned. */
  readonly after: string;
}

/** Writes a token. */
export function encodeContinue(token: ContinueToken): string {
  return btoa(JSON.stringify({ v: 'playground/v1', rv: token.version, start: token.after }));
}

/** Reads a token. Throws a Refusal for anything else. */
export function decodeContinue(text: string): ContinueToken {
  try {
    const { v, rv, start } = JSON.parse(atob(text)) as Readonly<Record<string, unknown>>;
    if (v === 'playground/v1' && typeof rv === 'number' && typeof start === 'string')
      return { version: rv, after: start };
  } catch {
    // Falls through: whatever is wrong with it, the client made it up.
  }
  throw badRequest('continue key is not valid: it was not issued by this server');
}
