import { spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { command as built } from '../command.test-kit.js';

/** Shells that can be driven here. */
export type DrivenShell = 'bash' | 'zsh' | 'fish';

/** Whether a program can be started. */
export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** What a program prints, in a folder that is also its home. */
async function output(command: readonly string[], input: string, cwd: string): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd,
    env: { PATH: `${dirname(built)}:${process.env['PATH']}`, HOME: cwd, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  child.stdin.end(input);
  await new Promise((resolve) => child.once('close', resolve));
  return stripVTControlCharacters(text);
}

/** Lines between angle brackets: what the shells below print of their command lines. */
function marked(text: string): readonly string[] {
  return [...text.matchAll(/<(virtual-kubelet[^>]*)>/g)].map(([, line = '']) => line.trimEnd());
}

/** An interactive bash, whose line editor also reads from a pipe. */
async function inBash(lines: readonly string[], cwd: string): Promise<readonly string[]> {
  const show = `bind -x '"\\C-o": printf "<%s>\\n" "$READLINE_LINE"'`;
  const typed = lines.map((line) => `${line}\t\u000f\u0015`).join('');
  const input = `source <(virtual-kubelet completion bash)\n${show}\n${typed}exit\n`;
  return marked(await output(['bash', '--norc', '-i'], input, cwd));
}

/** An interactive zsh on a terminal of another one, which reads what its line editor shows. */
async function inZsh(lines: readonly string[], cwd: string): Promise<readonly string[]> {
  const script = `
    zmodload zsh/zpty; zpty shell zsh -f -i
    zpty -w shell 'PS1= PS2= RPS1=; autoload -Uz compinit && compinit -D -u && source <(virtual-kubelet completion zsh)'
    zpty -w shell 'show() { zle complete-word; print -r -- "<$BUFFER>"; BUFFER=; zle accept-line }; zle -N show; bindkey "^I" show; echo rea""dy'
    local out
    while zpty -r shell out; do [[ $out == *ready* ]] && break; done
    while IFS= read -r line; do
      zpty -w -n shell "$line"$'\\t'
      while zpty -r shell out; do print -r -- "$out"; [[ $out == *'<'*'>'* ]] && break; done
    done
    zpty -d shell`;
  return marked(await output(['zsh', '-f', '-c', script], `${lines.join('\n')}\n`, cwd));
}

/** fish tells what it would offer; with one word to offer, that takes the place of the last one. */
async function inFish(lines: readonly string[], cwd: string): Promise<readonly string[]> {
  const script =
    'virtual-kubelet completion fish | source; while read -l line; echo "<$line>"; complete -C "$line"; echo "<>"; end';
  const text = await output(['fish', '--no-config', '-c', script], `${lines.join('\n')}\n`, cwd);
  return lines.map((line) => {
    const from = text.indexOf(`<${line}>\n`) + line.length + 3;
    const offered = text.slice(from, text.indexOf('<>', from)).trim().split('\n');
    const [word = ''] = offered.length === 1 ? (offered[0] ?? '').split('\t') : [];
    return word === '' ? line : line.slice(0, line.lastIndexOf(' ') + 1) + word;
  });
}

const drivers = { bash: inBash, zsh: inZsh, fish: inFish };

/** What the shell makes of each line when the user completes it; the line itself where it knows nothing or too much. */
export async function completedBy(
  shell: DrivenShell,
  lines: readonly string[],
  cwd: string,
): Promise<readonly string[]> {
  return drivers[shell](lines, cwd);
}
