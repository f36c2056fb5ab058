import { readdirSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ErrorDefinition } from '@virtual-kubelet/base';
import { page, table } from './markdown.js';

/** An error code with its row and the package it is from. */
export interface KnownError {
  readonly code: string;
  readonly package: string;
  readonly definition: ErrorDefinition;
}

function isTable(value: unknown): value is Readonly<Record<string, ErrorDefinition>> {
  if (typeof value !== 'object' || value === null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^VK_[A-Z0-9_]+$/.test(key));
}

/** Every error table of the built packages, found by their `errors.js`. */
export async function knownErrors(root: string): Promise<readonly KnownError[]> {
  const found: KnownError[] = [];
  for (const kind of ['packages', 'providers']) {
    for (const name of readdirSync(join(root, kind))) {
      const file = join(root, kind, name, 'dist/errors.js');
      if (!existsSync(file)) continue;
      const loaded: unknown = await import(pathToFileURL(file).href);
      for (const tables of Object.values(loaded as object).filter(isTable))
        for (const [code, definition] of Object.entries(tables))
          found.push({ code, package: `${kind}/${name}`, definition });
    }
  }
  return found.toSorted((a, b) => a.code.localeCompare(b.code));
}

const exits: Readonly<Record<number, string>> = {
  1: '1 (run time)',
  2: '2 (usage)',
  3: '3 (configuration)',
  4: '4 (unreachable)',
};

function errorPage({ code, package: from, definition }: KnownError): string {
  const { message, remedy, cause, exit = 1 } = definition;
  return [
    page(code, cause),
    `**It says:** ${message}\n\n`,
    `**What to do:** ${remedy}\n\n`,
    `Words in braces are filled in when it happens. Where it ends the command, the exit status is ${exits[exit]}.\n`,
    `Defined in \`${from}\`. All codes: [errors](README.md).\n`,
  ].join('');
}

/** A page for each code, and the list of them. */
export function errorPages(errors: readonly KnownError[]): ReadonlyMap<string, string> {
  const pages = new Map(errors.map((error) => [`docs/errors/${error.code}.md`, errorPage(error)]));
  const rows = errors.map(({ code, definition }) => [`[${code}](${code}.md)`, definition.message]);
  const intro =
    'Every error that users see has a code that never changes its meaning, one cause, a remedy, and a page.';
  return pages.set('docs/errors/README.md', page('Errors', intro) + table(['Code', 'Message'], rows));
}
