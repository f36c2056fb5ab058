import { posix } from 'node:path';
import type { Command, CommandCall } from './command.js';
import { CommandError, inputOf, optionsOf, pathOf, say } from './command.js';
import { FileError } from './files.js';
import { readTar, TarError, tarEnd, tarHeader, tarPadding } from './tar.js';

const pwd: Command = async ({ shell, stdout }) => {
  await say(stdout, `${shell.cwd}\n`);
  return 0;
};

const cd: Command = async (call) => {
  const path = pathOf(call, call.args[0] ?? call.shell.env.get('HOME') ?? '/');
  if (call.container.files.stat(path)?.kind !== 'folder') throw new FileError(path, 'No such file or directory');
  call.shell.cwd = path;
  return 0;
};

function permissions(mode: number): string {
  const letters = 'rwxrwxrwx';
  return Array.from(letters, (letter, i) => ((mode >> (8 - i)) & 1 ? letter : '-')).join('');
}

function longLine(call: CommandCall, path: string, name: string): string {
  const node = call.container.files.stat(path);
  if (!node) return name;
  const size = node.kind === 'file' ? node.size : 4_096;
  const day = new Date(node.time).toISOString().slice(0, 16).replace('T', ' ');
  const kind = node.kind === 'folder' ? 'd' : '-';
  return `${kind}${permissions(node.mode)} 1 root root ${String(size).padStart(9)} ${day} ${name}`;
}

const ls: Command = async (call) => {
  const { options, rest } = optionsOf(call.args);
  const { files } = call.container;
  const line = (path: string, name: string): string => (options.has('l') ? longLine(call, path, name) : name);
  for (const name of rest.length === 0 ? ['.'] : rest) {
    const path = pathOf(call, name);
    const node = files.stat(path);
    if (!node) throw new FileError(name, 'No such file or directory');
    const names = node.kind === 'folder' && !options.has('d') ? files.list(path) : undefined;
    const lines = names ? names.map((one) => line(posix.join(path, one), one)) : [line(path, name)];
    await say(call.stdout, lines.map((one) => `${one}\n`).join(''));
  }
  return 0;
};

const mkdir: Command = async (call) => {
  const { options, rest } = optionsOf(call.args, 'm');
  for (const path of rest) call.container.files.makeFolder(pathOf(call, path), { parents: options.has('p') });
  return 0;
};

const rm: Command = async (call) => {
  const { options, rest } = optionsOf(call.args);
  const { files } = call.container;
  for (const name of rest) {
    const path = pathOf(call, name);
    if (!files.stat(path) && options.has('f')) continue;
    files.remove(path, { recursive: options.has('r') || options.has('R') });
  }
  return 0;
};

const touch: Command = async (call) => {
  for (const path of call.args) call.container.files.open(pathOf(call, path), { append: true })(new Uint8Array(0));
  return 0;
};

const cp: Command = async (call) => {
  const [from = '', to = ''] = call.args;
  const { files } = call.container;
  const target = pathOf(call, to);
  const isFolder = files.stat(target)?.kind === 'folder';
  const source = pathOf(call, from);
  const place = isFolder ? posix.join(target, posix.basename(from)) : target;
  if (source === place) throw new CommandError(`'${from}' and '${to}' are the same file`);
  if (!files.stat(source)) throw new FileError(from, 'No such file or directory');
  const write = files.open(place, { append: false });
  for await (const chunk of inputOf(call, [source])) write(chunk);
  return 0;
};

/** `test` as far as scripts about files and words use it. */
function holds(call: CommandCall, args: readonly string[]): boolean {
  const [first = '', second = '', third = ''] = args;
  if (args.length <= 1) return first !== '';
  if (first === '!') return !holds(call, args.slice(1));
  if (args.length === 2) {
    const node = call.container.files.stat(pathOf(call, second));
    const checks: Readonly<Record<string, () => boolean>> = {
      '-d': () => node?.kind === 'folder',
      '-e': () => node !== undefined,
      '-f': () => node?.kind === 'file',
      '-s': () => node?.kind === 'file' && node.size > 0,
      '-n': () => second !== '',
      '-z': () => second === '',
    };
    const check = Object.hasOwn(checks, first) ? checks[first] : undefined;
    if (check) return check();
  }
  const numbers: Readonly<Record<string, (a: number, b: number) => boolean>> = {
    '-eq': (a, b) => a === b,
    '-ne': (a, b) => a !== b,
    '-lt': (a, b) => a < b,
    '-gt': (a, b) => a > b,
  };
  if (second === '=' || second === '==') return first === third;
  if (second === '!=') return first !== third;
  const compare = Object.hasOwn(numbers, second) ? numbers[second] : undefined;
  if (!compare) throw new CommandError(`unknown operand ${second}`, 2);
  return compare(Number(first), Number(third));
}

const test: Command = async (call) => {
  const bracket = call.name === '[';
  if (bracket && call.args.at(-1) !== ']') throw new CommandError('missing ]', 2);
  return holds(call, bracket ? call.args.slice(0, -1) : call.args) ? 0 : 1;
};

interface TarWords {
  readonly letters: ReadonlySet<string>;
  readonly archive: string;
  readonly folder: string;
  readonly names: readonly string[];
}

/** Words of a tar call: letters with or without a dash, `-C` anywhere, long options passed over. */
function tarWords(args: readonly string[]): TarWords {
  const letters = new Set<string>();
  const names: string[] = [];
  let [archive, folder] = ['-', '.'];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? '';
    if (word.startsWith('--')) continue;
    const isLetters = at === 0 || (word.startsWith('-') && word !== '-');
    if (!isLetters) names.push(word);
    else
      for (const letter of word.replace(/^-/, '')) {
        letters.add(letter);
        if (letter === 'f') archive = args[(at += 1)] ?? '-';
        if (letter === 'C') folder = args[(at += 1)] ?? '.';
      }
  }
  return { letters, archive, folder, names };
}

async function addToTar(call: CommandCall, path: string, name: string): Promise<void> {
  const { files } = call.container;
  const node = files.stat(path);
  if (!node) throw new FileError(path, 'No such file or directory');
  const { mode, time } = node;
  const size = node.kind === 'file' ? node.size : 0;
  const entry = { name: node.kind === 'folder' ? `${name}/` : name, kind: node.kind, mode, size, time };
  for (const bytes of tarHeader(entry)) await call.stdout.write(bytes);
  if (node.kind === 'folder') {
    for (const one of files.list(path)) await addToTar(call, posix.join(path, one), posix.join(name, one));
    return;
  }
  // A file that grows meanwhile is cut, so that the archive stays whole.
  let left = size;
  for await (const bytes of files.read(path)) {
    const part = bytes.subarray(0, left);
    left -= part.length;
    if (part.length > 0) await call.stdout.write(part);
  }
  const padding = tarPadding(size);
  if (padding.length > 0) await call.stdout.write(padding);
}

async function extract(call: CommandCall, words: TarWords): Promise<void> {
  const { files } = call.container;
  const folder = pathOf(call, words.folder);
  const archive = inputOf(call, words.archive === '-' ? [] : [words.archive]);
  for await (const { entry, content } of readTar(archive)) {
    const path = posix.join(folder, posix.resolve('/', entry.name));
    if (words.letters.has('v')) await say(call.stdout, `${entry.name}\n`);
    if (entry.kind === 'other') await say(call.stderr, `tar: ${entry.name}: links are left out\n`);
    else if (entry.kind === 'folder') files.makeFolder(path, { parents: true });
    else {
      files.makeFolder(posix.dirname(path), { parents: true });
      const write = files.open(path, { append: false, mode: entry.mode });
      for await (const bytes of content) write(bytes);
    }
  }
}

const tar: Command = async (call) => {
  const words = tarWords(call.args);
  if (words.archive !== '-' && words.letters.has('c'))
    throw new CommandError('archives are written to stdout: use f -');
  try {
    if (words.letters.has('x')) await extract(call, words);
    else if (words.letters.has('c')) {
      for (const name of words.names) {
        const path = posix.resolve('/', call.shell.cwd, words.folder, name);
        await addToTar(call, path, name.replace(/^\/+/, '').replace(/\/+$/, '') || '.');
      }
      await call.stdout.write(tarEnd());
    } else throw new CommandError('one of c and x is needed');
  } catch (error) {
    if (error instanceof TarError) throw new CommandError(error.message);
    throw error;
  }
  return 0;
};

/** Commands about files. */
export const fileCommands: Readonly<Record<string, Command>> = {
  pwd,
  cd,
  ls,
  mkdir,
  rm,
  touch,
  cp,
  test,
  '[': test,
  tar,
};
