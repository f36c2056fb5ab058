/** Output that is still coming, and those who wait for something in it. */
export interface Heard {
  readonly output: () => string;
  hear(text: string): void;
  /** No more will come. */
  end(): void;
  /** Resolves when the output matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Collects output of something called so. */
export function heardFrom(what: string): Heard {
  let output = '';
  let isOver = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  return {
    output: () => output,
    hear(text) {
      output += text;
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(output);
          if (found === null && !isOver) return;
          waiting.delete(look);
          if (found === null) reject(new Error(`${what} ended before ${pattern}:\n${output}`));
          else resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
