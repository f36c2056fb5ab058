import { spawn } from 'node:child_process';
import { heardFrom } from './heard.js';

/** What was seen on a terminal, and how the command ended. */
export interface TerminalResult {
  /** What was typed is in it where the terminal or the command echoes. */
  readonly output: string;
  /** -1 when a signal ended it. */
  readonly code: number;
}

/** Runs a command on a terminal of 33 lines of 111 characters, as util-linux makes one, and types when a prompt is there. */
export async function onTerminal(
  words: readonly string[],
  { prompt, typed }: { readonly prompt: RegExp; readonly typed: string },
): Promise<TerminalResult> {
  const command = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
  // The command takes the shell's place: a shell that waits for it gets the interrupt of Ctrl-C, too, and some then
  // tell that as the end of the command, whatever it says itself.
  const child = spawn('script', ['-qec', `stty rows 33 cols 111; exec ${command}`, '/dev/null'], { stdio: 'pipe' });
  const { output, hear, end, until } = heardFrom(command);
  child.stdout.on('data', (chunk: Buffer) => hear(chunk.toString()));
  const ended = new Promise<number>((resolve) =>
    child.once('close', (code) => {
      end();
      resolve(code ?? -1);
    }),
  );
  await until(prompt);
  child.stdin.write(typed);
  const code = await ended;
  return { output: output(), code };
}
