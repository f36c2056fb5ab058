/** Sequences of requests that the playground must answer as a real API server does. */

/** One request. Texts may contain `{ns}`, the scenario's own namespace. */
export interface Step {
  /** Unique in its scenario. */
  readonly title: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string | ((seen: Seen) => string);
  readonly body?: unknown;
  /** The content type. @default application/json, for PATCH application/merge-patch+json */
  readonly type?: string;
  /** The Accept header. */
  readonly accept?: string;
  /** Sent again until the answer is so: for what a controller does after a write. */
  readonly until?: (answer: Tree) => boolean;
}

/** What earlier steps were answered, by title. */
export interface Seen {
  /** A text in the answer of a step, by the names of the fields that lead there. */
  text(title: string, ...path: readonly string[]): string;
  /** The object that a step was answered with. */
  object(title: string): Tree;
}

/** An answer as it came. */
export type Tree = Readonly<Record<string, unknown>>;

/** A sequence of requests. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** Content types of patches. */
export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
