import { request } from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { ComponentSettings } from './component-arguments.js';
import { startProcess } from './process.js';
import type { ComponentProcess } from './process.js';
import { Unrecoverable, waitFor } from './wait.js';
import type { Watchdog } from './watchdog.js';

/** The four processes of a control plane. */
export type ComponentName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';

/** How to start one, and how to see that it is ready. Without a port, having started is enough. */
export interface ComponentStart {
  readonly arguments: readonly string[];
  readonly port?: number;
  /** Path that answers 200 when it is ready. */
  readonly path?: string;
}

/** What the components have in common. */
export interface ComponentsOptions {
  readonly binaries: Readonly<Record<ComponentName, string>>;
  readonly settings: ComponentSettings;
  readonly watchdog: Watchdog;
  readonly report: (line: string) => void;
}

/** Starts and stops components by name. */
export interface Components {
  /** Resolves when it is ready; rejects with the end of its log when it ends before. Does nothing when it runs. */
  start(name: ComponentName, how: ComponentStart): Promise<void>;
  stop(name: ComponentName, grace: number): Promise<void>;
  /** All of them, those that others depend on last. */
  stopAll(): Promise<void>;
}

async function answers(settings: ComponentSettings, port: number, path: string): Promise<true | undefined> {
  const signal = AbortSignal.timeout(5000);
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    ca: settings.pki.caPem,
    agent: false,
    signal,
  }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode === 200 ? true : undefined;
}

function failure(component: ComponentProcess): Unrecoverable {
  return new Unrecoverable(
    `${component.name} ended (${component.ended}). The end of its log:\n${component.lastLines()}`,
  );
}

/** No component runs yet; `start` starts one. */
export function startComponents(options: ComponentsOptions): Components {
  const running = new Map<ComponentName, ComponentProcess>();
  const { binaries, settings, watchdog, report } = options;

  async function start(name: ComponentName, how: ComponentStart): Promise<void> {
    if (running.get(name)?.ended === undefined && running.has(name)) return;
    const logFile = settings.path(`${name}.log`);
    const component = await startProcess({
      name,
      path: binaries[name],
      arguments: how.arguments,
      logFile,
      watchdog,
    });
    running.set(name, component);
    const { port, path } = how;
    if (port === undefined || path === undefined) return;
    const look = async (): Promise<true | undefined> => {
      if (component.ended !== undefined) throw failure(component);
      return answers(settings, port, path);
    };
    try {
      await waitFor(name, look, { timeout: 120_000, report });
    } catch (error) {
      if (error instanceof Unrecoverable) throw error;
      throw new Error(`${name} is not ready. The end of its log:\n${component.lastLines()}`, {
        cause: error,
      });
    }
  }

  async function stop(name: ComponentName, grace: number): Promise<void> {
    const component = running.get(name);
    running.delete(name);
    await component?.stop(grace);
  }

  return {
    start,
    stop,
    async stopAll() {
      await Promise.all([stop('kube-controller-manager', 2000), stop('kube-scheduler', 2000)]);
      await stop('kube-apiserver', 3000);
      await stop('etcd', 3000);
    },
  };
}
