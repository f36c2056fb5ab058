/** Expressions of RE2, as schemas have them, in the words of this language. */

/** The expression of a pattern; undefined where there is none, or it cannot be read. */
export function regularExpression(pattern: string): RegExp | undefined {
  if (pattern === '') return undefined;
  const source = translated(pattern);
  // What is a property in one of the modes is a letter in the other.
  for (const flags of /\\p/i.test(source) ? ['u'] : ['u', ''])
    try {
      return new RegExp(source, flags);
    } catch {
      // An escape that only one of the two modes knows.
    }
  return undefined;
}

interface Flags {
  /** Case does not count. */
  readonly i: boolean;
  /** A dot is also the end of a line. */
  readonly s: boolean;
}

/** Flags hold from where they are set to the end of their group, which is more than this language can say. */
function translated(pattern: string): string {
  const outer: Flags[] = [];
  let flags: Flags = { i: false, s: false };
  let made = '';
  for (const [part] of pattern.matchAll(parts)) {
    const group = /^\(\?([ims-]*)([:)])$/.exec(part);
    if (group?.[2] === ')') flags = changed(flags, group[1] ?? '');
    else if (part.startsWith('(')) {
      outer.push(flags);
      if (group !== null) flags = changed(flags, group[1] ?? '');
      made += group === null ? part.replace('(?P<', '(?<') : '(?:';
    } else {
      if (part === ')') flags = outer.pop() ?? flags;
      made += translatedPart(part, flags);
    }
  }
  return made;
}

/** An escape, a class, the beginning of a group, or one character. */
const parts =
  /\\Q.*?(?:\\E|$)|\\[pP](?:\{\w+\}|[A-Z])|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\(\?[ims-]*[:)]|\(\?P?<\w+>|\(|./gsu;

function changed(flags: Flags, words: string): Flags {
  const [on = '', off = ''] = words.split('-');
  const is = (name: 'i' | 's'): boolean => (flags[name] || on.includes(name)) && !off.includes(name);
  return { i: is('i'), s: is('s') };
}

const escapes: ReadonlyMap<string, string> = new Map([
  [String.raw`\A`, '^'],
  [String.raw`\z`, '$'],
  [String.raw`\a`, String.raw`\x07`],
]);

function translatedPart(part: string, { i, s }: Flags): string {
  if (part.startsWith(String.raw`\Q`)) return quoted(part.slice(2).replace(/\\E$/, ''), i);
  if (/^\\[pP]./.test(part)) return propertyOf(part);
  if (part.startsWith('\\')) return escapes.get(part) ?? part;
  if (part.startsWith('[') && part.length > 1) return classOf(part, i);
  if (part === '.' && s) return String.raw`[\s\S]`;
  return i ? bothCases(part) : part;
}

/** `\pL` and `\p{Lu}` are categories, longer names are scripts. */
function propertyOf(part: string): string {
  const name = part.slice(2).replaceAll(/[{}]/g, '');
  return `${part.slice(0, 2)}{${name.length > 2 ? 'Script=' : ''}${name}}`;
}

function quoted(text: string, i: boolean): string {
  return Array.from(text, (one) => (/\w/.test(one) ? (i ? bothCases(one) : one) : `\\${one}`)).join('');
}

function bothCases(one: string): string {
  return /[a-z]/i.test(one) && one.length === 1 ? `[${one.toLowerCase()}${one.toUpperCase()}]` : one;
}

const named: ReadonlyMap<string, string> = new Map([
  ['alnum', 'A-Za-z0-9'],
  ['alpha', 'A-Za-z'],
  ['blank', String.raw`\t `],
  ['digit', '0-9'],
  ['lower', 'a-z'],
  ['punct', String.raw`!-\/:-@\[-\`{-~`],
  ['space', String.raw`\s`],
  ['upper', 'A-Z'],
  ['word', String.raw`\w`],
  ['xdigit', '0-9A-Fa-f'],
]);

/** A class; a bracket that comes first in it is a member, as in RE2. */
function classOf(part: string, i: boolean): string {
  const [, start = '[', inner = ''] = /^(\[\^?)(.*)\]$/s.exec(part) ?? [];
  const plain = inner
    .replace(/^\]/, String.raw`\]`)
    .replaceAll(/\[:(\w+):\]/g, (_, name: string) => named.get(name) ?? '');
  const letters = i ? plain.replaceAll(/\\.|[a-z]-[a-z]|[a-z]/gi, inBothCases) : plain;
  return `${start}${letters}]`;
}

function inBothCases(part: string): string {
  return part.startsWith('\\') ? part : part.toLowerCase() + part.toUpperCase();
}
