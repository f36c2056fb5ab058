/** One source of generated files. Paths are relative to the root of the repository. */
export interface Generator {
  /** What the files are made from, with its version. */
  readonly name: string;
  /** Whether the inputs are on this machine. */
  available(): boolean;
  /** Brings the inputs onto this machine. */
  fetch(): void;
  /** The complete text of each file. */
  render(): ReadonlyMap<string, string> | Promise<ReadonlyMap<string, string>>;
}
