/** One annotation, for the documentation. */
export interface ScriptOption {
  /** Annotation name without the prefix. */
  readonly name: string;
  readonly value: string;
  readonly meaning: string;
}
