/** A timed piece of work. Ending twice is harmless. */
export interface Span {
  setAttribute(name: string, value: string | number | boolean): void;
  /** Marks the span failed; the error's message is kept, never its secrets. */
  fail(error: unknown): void;
  end(): void;
}

/** Starts spans. The default does nothing; an OpenTelemetry adapter can be put in its place. */
export interface Tracer {
  span(name: string, attributes?: Readonly<Record<string, string | number | boolean>>): Span;
}

/** A span that records nothing. */
export const silentSpan: Span = {
  setAttribute: () => undefined,
  fail: () => undefined,
  end: () => undefined,
};

/** A tracer that records nothing. */
export const silentTracer: Tracer = { span: () => silentSpan };
