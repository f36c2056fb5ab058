import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { IssuedCertificate } from '@virtual-kubelet/certificates';

/** Whom to harm. */
export interface HostileTarget {
  readonly port: number;
  /** Of somebody who may do everything: the worst clients are let in. */
  readonly as: IssuedCertificate;
  /** `<namespace>/<name>` of a pod whose container `c` has a shell and writes a log. */
  readonly pod: string;
}

/** Load that goes on until it is stopped. */
export interface HostileLoad {
  /** Kills all clients at once; gives the attempts of each kind, successful or not. */
  stop(): Promise<ReadonlyMap<string, number>>;
}

/** Begins a load of every kind of harm. Whatever the server does to an attempt, the next one follows. */
export function startHostileLoad(target: HostileTarget): HostileLoad {
  const program = fileURLToPath(new URL('../../dist/harness/hostile-clients.js', import.meta.url));
  const child = fork(program, [JSON.stringify(target)]);
  return {
    async stop() {
      child.send('attempts');
      const [attempts] = (await once(child, 'message')) as [Readonly<Record<string, number>>];
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      return new Map(Object.entries(attempts));
    },
  };
}
