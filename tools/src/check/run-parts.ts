/**
 * Runs commands a few at a time and tells of each when it has ended, so that what two of them print is never mixed:
 * a line for what went well, the whole output for what did not, and at the end how to run that alone.
 */
import { spawn } from 'node:child_process';

/** One command of several that have nothing to do with each other. */
export interface Part {
  /** Told to the reader. */
  readonly name: string;
  /** Program and arguments, as somebody would type them to run it alone. */
  readonly command: readonly string[];
}

/** How parts are run. */
export interface PartsOptions {
  /** How many run at one time; at least 1. */
  readonly atOnce: number;
  /** Gets whole lines with their newline. */
  readonly say: (text: string) => void;
  /** Milliseconds from any start. */
  readonly now: () => number;
}

interface Ended {
  readonly part: Part;
  readonly isGood: boolean;
}

/** What a command printed, and whether it ended with status 0; one that cannot be started did not. */
async function outcome([program = '', ...args]: readonly string[]): Promise<{ isGood: boolean; output: string }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ isGood: false, output: `${message}\n` }));
    child.once('close', (code) => resolve({ isGood: code === 0, output }));
  });
}

async function tell(part: Part, { say, now }: PartsOptions): Promise<Ended> {
  const began = now();
  const { isGood, output } = await outcome(part.command);
  const line = `${isGood ? '✓' : '✗'} ${part.name} (${((now() - began) / 1_000).toFixed(1)} s)\n`;
  say(isGood ? line : `${line}${output}${output === '' || output.endsWith('\n') ? '' : '\n'}`);
  return { part, isGood };
}

/** Runs all parts, in their order as far as there is room. Gives back those that failed, after telling how to repeat them. */
export async function runParts(parts: readonly Part[], options: PartsOptions): Promise<readonly Part[]> {
  const waiting = [...parts];
  const ended: Ended[] = [];
  const lane = async (): Promise<void> => {
    for (let part = waiting.shift(); part; part = waiting.shift()) ended.push(await tell(part, options));
  };
  await Promise.all(Array.from({ length: options.atOnce }, lane));
  const failed = ended.filter(({ isGood }) => !isGood).map(({ part }) => part);
  for (const { name, command } of failed) options.say(`${name} failed; to run it alone: ${command.join(' ')}\n`);
  return failed;
}
