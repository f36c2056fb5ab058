/** A piece of a word. */
export type WordPart = { readonly text: string } | { readonly variable: string };

/** A word before its variables are filled in. */
export type Word = readonly WordPart[];

/** Where one of a command's streams comes from or goes. */
export type Redirect =
  | { readonly stream: 'stdin'; readonly from: Word }
  | { readonly stream: 'stdout' | 'stderr'; readonly to: Word; readonly append: boolean }
  | { readonly stream: 'stdout' | 'stderr'; readonly like: 'stdout' | 'stderr' };

/** One command with its words. */
export interface SimpleCommand {
  readonly assignments: readonly { readonly name: string; readonly value: Word }[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
}

/** Commands whose streams are connected, and when they run. */
export interface Pipeline {
  readonly when: 'always' | 'success' | 'failure';
  readonly commands: readonly SimpleCommand[];
}

/** The text is no script. */
export class ShellSyntaxError extends Error {
  override readonly name = 'ShellSyntaxError';
}

type Token = { readonly operator: string } | { readonly word: Word };

/** Longest script: reading one must not keep the process from its other work. */
export const longestScript: number = 64 * 1024;

const operators = ['2>&1', '1>&2', '>&2', '2>>', '1>>', '&&', '||', '>>', '2>', '1>', ';', '|', '>', '<', '\n'];
const variableName = /(?:[A-Za-z_][A-Za-z0-9_]*|[?$#0-9])/y;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  get here(): string {
    return this.#text[this.#at] ?? '';
  }

  take(): string {
    const c = this.here;
    this.#at += 1;
    return c;
  }

  starts(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  skip(count: number): void {
    this.#at += count;
  }

  until(end: string): string {
    const to = this.#text.indexOf(end, this.#at);
    if (to < 0) throw new ShellSyntaxError(`unterminated ${end === "'" ? 'quoted string' : end}`);
    const text = this.#text.slice(this.#at, to);
    this.#at = to + end.length;
    return text;
  }

  /** What a sticky pattern finds here, and passes; empty where it finds nothing. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }
}

function variable(scanner: Scanner): WordPart {
  if (scanner.here === '{') {
    scanner.skip(1);
    return { variable: scanner.until('}') };
  }
  const name = scanner.match(variableName);
  return name === '' ? { text: '$' } : { variable: name };
}

function doubleQuoted(scanner: Scanner): readonly WordPart[] {
  const parts: WordPart[] = [];
  for (;;) {
    if (scanner.done) throw new ShellSyntaxError('unterminated quoted string');
    const c = scanner.take();
    if (c === '"') return parts;
    if (c === '$') parts.push(variable(scanner));
    else if (c === '\\' && '"\\$`'.includes(scanner.here)) parts.push({ text: scanner.take() });
    else parts.push({ text: c + scanner.match(/[^"\\$]*/y) });
  }
}

function word(scanner: Scanner): Token {
  const parts: WordPart[] = [];
  while (!scanner.done && !/[\s;|<>&]/.test(scanner.here)) {
    const c = scanner.take();
    // The empty text of quotes makes a word of nothing, too.
    if (c === "'") parts.push({ text: '' }, { text: scanner.until("'") });
    else if (c === '"') parts.push({ text: '' }, ...doubleQuoted(scanner));
    else if (c === '\\') parts.push({ text: scanner.take() });
    else if (c === '$') parts.push(variable(scanner));
    else parts.push({ text: c + scanner.match(/[^\s;|<>&'"\\$]*/y) });
  }
  return { word: parts };
}

function tokensOf(text: string): readonly Token[] {
  const scanner = new Scanner(text);
  const tokens: Token[] = [];
  while (!scanner.done) {
    if (scanner.match(/[ \t\r]+/y) !== '') continue;
    if (scanner.match(/#[^\n]*/y) !== '') continue;
    const operator = operators.find((one) => scanner.starts(one));
    if (operator !== undefined) {
      scanner.skip(operator.length);
      tokens.push({ operator });
    } else if (scanner.here === '&') throw new ShellSyntaxError('"&" unexpected: there are no jobs here');
    else tokens.push(word(scanner));
  }
  return tokens;
}

const assignment = /^([A-Za-z_][A-Za-z0-9_]{0,255})=/;

/** Splits `NAME=value` off a word that begins with it, unquoted. */
function assignmentOf([first, ...rest]: Word): { readonly name: string; readonly value: Word } | undefined {
  if (!first || !('text' in first)) return undefined;
  const name = assignment.exec(first.text)?.[1];
  if (name === undefined) return undefined;
  return { name, value: [{ text: first.text.slice(name.length + 1) }, ...rest] };
}

interface Building {
  assignments: { readonly name: string; readonly value: Word }[];
  words: Word[];
  redirects: Redirect[];
}

function redirectOf(operator: string, target: () => Word): Redirect | undefined {
  switch (operator) {
    case '<':
      return { stream: 'stdin', from: target() };
    case '>':
    case '1>':
    case '>>':
    case '1>>':
      return { stream: 'stdout', to: target(), append: operator.endsWith('>>') };
    case '2>':
    case '2>>':
      return { stream: 'stderr', to: target(), append: operator === '2>>' };
    case '2>&1':
      return { stream: 'stderr', like: 'stdout' };
    case '>&2':
    case '1>&2':
      return { stream: 'stdout', like: 'stderr' };
    default:
      return undefined;
  }
}

/** Reads a script: commands, pipes, redirections, `;`, `&&` and `||`. There are no loops, functions or jobs. */
export function parseScript(text: string): readonly Pipeline[] {
  if (text.length > longestScript) throw new ShellSyntaxError('the script is too long');
  const tokens = tokensOf(text);
  const pipelines: Pipeline[] = [];
  let when: Pipeline['when'] = 'always';
  let commands: SimpleCommand[] = [];
  let building: Building = { assignments: [], words: [], redirects: [] };
  let at = 0;

  const isEmpty = (): boolean => Object.values(building).every((list: readonly unknown[]) => list.length === 0);
  const endCommand = (operator: string): void => {
    if (isEmpty()) throw new ShellSyntaxError(`"${operator === '\n' ? 'newline' : operator}" unexpected`);
    commands.push(building);
    building = { assignments: [], words: [], redirects: [] };
  };
  const endPipeline = (operator: string): void => {
    endCommand(operator);
    pipelines.push({ when, commands });
    commands = [];
  };
  const target = (): Word => {
    const next = tokens[at];
    if (!next || !('word' in next)) throw new ShellSyntaxError('redirection without a target');
    at += 1;
    return next.word;
  };
  const addWord = (parts: Word): void => {
    const assigned = building.words.length === 0 ? assignmentOf(parts) : undefined;
    if (assigned) building.assignments.push(assigned);
    else building.words.push(parts);
  };
  const addOperator = (operator: string): void => {
    const redirect = redirectOf(operator, target);
    if (redirect) building.redirects.push(redirect);
    else if (operator === '|') endCommand(operator);
    else if (operator === '&&' || operator === '||') {
      endPipeline(operator);
      when = operator === '&&' ? 'success' : 'failure';
    } else if (!isEmpty() || commands.length > 0 || operator === ';') {
      endPipeline(operator);
      when = 'always';
    }
  };

  while (at < tokens.length) {
    const token = tokens[at];
    at += 1;
    if (token && 'word' in token) addWord(token.word);
    else if (token) addOperator(token.operator);
  }
  if (!isEmpty() || commands.length > 0 || when !== 'always') endPipeline('end of text');
  return pipelines;
}
