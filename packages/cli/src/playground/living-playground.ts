import { connect } from 'node:tls';
import { parse } from 'yaml';

/** Milliseconds that a server of this machine has to answer. */
const patience = 1_000;

/** Whether a server answers there that an authority vouches for, whatever it is called. */
export function isServing(at: { readonly host: string; readonly port: number; readonly ca: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ ...at, timeout: patience, checkServerIdentity: () => undefined });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('secureConnect', () => end(true))
      .once('timeout', () => end(false))
      .once('error', () => end(false));
  });
}

interface Written {
  readonly clusters?: readonly {
    readonly cluster?: { readonly server?: string; readonly 'certificate-authority-data'?: string };
  }[];
}

/** Whether the server of a kubeconfig that a playground wrote still answers. */
export async function isServed(kubeconfig: string): Promise<boolean> {
  const { clusters: [first] = [] } = parse(kubeconfig) as Written;
  const { server = '', 'certificate-authority-data': data = '' } = first?.cluster ?? {};
  if (!URL.canParse(server)) return false;
  const { hostname, port } = new URL(server);
  const ca = Buffer.from(data, 'base64').toString();
  return isServing({ host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port), ca });
}
