/** Runs a scenario against one server and writes down what it answered. */
import { setTimeout } from 'node:timers/promises';
import type { Scenario, Seen, Step, Tree } from './scenario.js';

/** A server under comparison. */
export interface Side {
  send(request: SideRequest): Promise<{ readonly status: number; readonly text: string }>;
}

/** A request to a side. */
export interface SideRequest {
  readonly method: Step['method'];
  readonly path: string;
  readonly contentType: string;
  readonly accept?: string;
  readonly body?: unknown;
}

/** What a step was answered, as it came. */
export interface Entry {
  readonly title: string;
  readonly status: number;
  /** One object, or one for each line of a watch; a text where it is not JSON. */
  readonly answers: readonly unknown[];
}

/** Sends the steps one after the other. */
export async function transcript(side: Side, scenario: Scenario, namespace: string): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  const seen = seenIn(entries);
  for (const step of scenario.steps) {
    const path = typeof step.path === 'function' ? step.path(seen) : step.path;
    const body = typeof step.body === 'function' ? (step.body as (seen: Seen) => unknown)(seen) : step.body;
    const contentType = step.type ?? (step.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json');
    const accept = step.accept === undefined ? {} : { accept: step.accept };
    const request = { method: step.method, path: fill(path, namespace), contentType, ...accept };
    const filled: unknown = body === undefined ? undefined : JSON.parse(fill(JSON.stringify(body), namespace));
    const whole = filled === undefined ? request : { ...request, body: filled };
    entries.push({ title: step.title, ...(await answered(side, whole, step.until)) });
  }
  return entries;
}

/** Milliseconds between two tries, and how many there are. */
const pause = 50;
const tries = 400;

async function answered(side: Side, request: SideRequest, until: Step['until']): Promise<Omit<Entry, 'title'>> {
  for (let left = tries; ; left--) {
    const { status, text } = await side.send(request);
    const answers = parse(text);
    if (until === undefined || until(answers[0] as Tree)) return { status, answers };
    if (left === 0) throw new Error(`${request.method} ${request.path} is never as it should be: ${text}`);
    await setTimeout(pause);
  }
}

function fill(text: string, namespace: string): string {
  return text.replaceAll('{ns}', namespace);
}

function parse(text: string): readonly unknown[] {
  const whole = tryParse(text);
  if (whole !== undefined) return [whole];
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => tryParse(line) ?? line);
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function seenIn(entries: readonly Entry[]): Seen {
  const object = (title: string): Tree => {
    const entry = entries.find((each) => each.title === title);
    if (entry === undefined) throw new Error(`no step "${title}" before this one`);
    return entry.answers[0] as Tree;
  };
  return {
    object,
    text: (title, ...path) => {
      const found = path.reduce<unknown>((value, name) => (value as Tree | undefined)?.[name], object(title));
      return typeof found === 'string' ? found : '';
    },
  };
}
