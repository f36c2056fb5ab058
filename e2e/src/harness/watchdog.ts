import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// Reads "add PID" and "remove PID" until its input ends, which it does whenever this process dies, SIGKILL included.
// Then it ends what is left and removes the folder. Signals of the terminal are for the others.
const script = `
trap '' INT TERM HUP
pids=' '
while read -r verb pid; do
  case $verb in
    add) pids="$pids$pid " ;;
    remove) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
    keep) set -- ;;
  esac
done
for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
[ $# -eq 0 ] || rm -rf "$1"
`;

/** Makes sure that child processes and their folder do not outlive this process, however it ends. */
export interface Watchdog {
  add(pid: number): void;
  remove(pid: number): void;
  /** Leaves the folder where it is. */
  keepFolder(): void;
  /** Lets it do its work now: end what is still there, remove the folder. Resolves when done. */
  close(): Promise<void>;
}

/** Starts a watchdog over a folder. It does not keep this process alive. */
export function startWatchdog(folder: string): Watchdog {
  const child = spawn('/bin/sh', ['-c', script, 'watchdog', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const input = child.stdin as Socket;
  child.unref();
  input.unref();
  input.on('error', () => undefined);
  return {
    add: (pid) => void input.write(`add ${pid}\n`),
    remove: (pid) => void input.write(`remove ${pid}\n`),
    keepFolder: () => void input.write('keep -\n'),
    close: () => {
      child.ref();
      input.end();
      return ended;
    },
  };
}
