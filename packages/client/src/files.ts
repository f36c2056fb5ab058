/** What configuration and credentials need of a file system. */
export interface Files {
  /** The file's text, or undefined when there is no such file. Rejects when it cannot be read. */
  readText(path: string): Promise<string | undefined>;
}

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;
