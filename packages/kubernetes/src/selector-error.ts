/** The text of a label or field selector cannot be read. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
  readonly selector: string;

  constructor(selector: string, reason: string) {
    super(`selector ${JSON.stringify(selector.slice(0, 200))}: ${reason}`);
    this.selector = selector;
  }
}
