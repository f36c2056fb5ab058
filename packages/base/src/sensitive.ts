const redacted = '[redacted]';
/**
 * A value that must not be seen: it shows as `[redacted]` in strings, JSON, `console.log` and inspectors.
 * Only {@link Sensitive.reveal} gives the value back; call it where the value leaves for its destination, nowhere else.
 */
export class Sensitive<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }
}

// Not a method of the class: a computed name would make the class's type depend on inference.
Object.defineProperty(Sensitive.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value: () => redacted,
});
