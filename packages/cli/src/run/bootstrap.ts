import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { AskOptions, CertificateStore } from '@virtual-kubelet/agent';
import { askForCertificate, nodeUser, requestedCertificate } from '@virtual-kubelet/agent';
import type { CodedError, Logger, Transport } from '@virtual-kubelet/base';
import { errorsOf, messageOf, systemClock, systemRandom } from '@virtual-kubelet/base';
import { certificateSubject, certificateValidity } from '@virtual-kubelet/certificates';
import type { ApiClient, ClusterConfig } from '@virtual-kubelet/client';
import { ApiError, createApiClient } from '@virtual-kubelet/client';
import type { CertificateAndKey } from '@virtual-kubelet/kubelet-api';
import { certificateFolder, certificatePath } from './certificate-folder.js';
import type { Checklist } from '../output/checklist.js';
import { openCluster } from './cluster.js';
import { errors } from '../errors.js';
import { firstContact } from './first-contact.js';
import type { SettingReader } from '../options/settings.js';
import type { StartDeadline } from './start-deadline.js';

const fail = errorsOf(errors);
const clock = systemClock;
const random = systemRandom;

/** What the client certificate of a node is obtained with. */
export interface BootstrapOptions {
  readonly read: SettingReader;
  readonly logger: Logger;
  readonly checklist: Checklist;
  readonly names: readonly string[];
  /** As the bootstrap kubeconfig says it. */
  readonly cluster: ClusterConfig;
  readonly start: StartDeadline;
}

/** A client certificate of a node, kept current. */
export interface Bootstrapped {
  /** The cluster, with the node's own certificate as credential. */
  readonly cluster: ClusterConfig;
  /** Begins to renew the certificate, with itself as the credential. */
  renew(transport: Transport): void;
  close(): Promise<void>;
}

interface Place {
  readonly folder: string;
  readonly node: string;
}

function placeOf({ read, names }: BootstrapOptions): Place {
  const wrong = (problem: string): never => {
    throw read.wrong('bootstrap-kubeconfig', problem);
  };
  const folder = read.optional('cert-dir') ?? wrong('needs --cert-dir, where the certificate of the node is kept');
  const [node = ''] = names;
  if (read.text('identity') !== 'node') wrong('needs --identity=node: it obtains the certificate of a node');
  if (names.length !== 1) wrong('a certificate is that of one node: run one node a process');
  if (read.optional('kubeconfig') !== undefined) wrong('it names the cluster already: leave --kubeconfig out');
  return { folder, node };
}

/** Whether a kept certificate is that of the node, has not ended, and belongs to its key. */
function isUsable({ certificatePem, keyPem }: CertificateAndKey, node: string): boolean {
  const { commonName, organizations } = certificateSubject(certificatePem);
  return (
    commonName === nodeUser(node) &&
    organizations.includes('system:nodes') &&
    certificateValidity(certificatePem).notAfter > clock.wall() &&
    new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem))
  );
}

async function kept(store: CertificateStore, node: string, logger: Logger): Promise<CertificateAndKey | undefined> {
  try {
    const found = await store.load();
    return found && isUsable(found, node) ? found : undefined;
  } catch (error) {
    logger.warn('the client certificate that was kept cannot be used', { error: messageOf(error) });
    return undefined;
  }
}

/** What the API server says to credentials it does not know, or that may not ask. */
function explained(error: unknown, cluster: ClusterConfig): unknown {
  if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 403)) return error;
  const details = { origin: cluster.user.origin, problem: error.message };
  return fail(error.status === 401 ? 'VK_BOOTSTRAP_CREDENTIALS' : 'VK_BOOTSTRAP_FORBIDDEN', details, error);
}

function notApproved(request: string, { text }: StartDeadline): CodedError {
  return fail('VK_BOOTSTRAP_NOT_APPROVED', { request, timeout: text });
}

async function obtain(options: BootstrapOptions, asking: AskOptions): Promise<CertificateAndKey> {
  const { checklist, cluster, start } = options;
  for (;;) {
    const outcome = await firstContact(() => askForCertificate({ ...asking, retry: false }, start.signal), {
      clock,
      start,
      waiting: (error) => checklist.note(`waiting for the API server: ${error.message}`),
    }).catch((error: unknown) => {
      throw explained(error, cluster);
    });
    switch (outcome.state) {
      case 'issued':
        return outcome.value;
      case 'refused':
        throw fail('VK_BOOTSTRAP_DENIED', { request: outcome.request, problem: outcome.message });
      case 'unanswered':
        throw notApproved(outcome.request, start);
      case 'gone':
        checklist.note('the request for the certificate of the node is gone: asking again');
    }
  }
}

function withCertificate(cluster: ClusterConfig, path: string, node: string): ClusterConfig {
  const { execConfig: _unused, ...rest } = cluster;
  return {
    ...rest,
    user: {
      origin: `certificate of ${nodeUser(node)} in ${path}`,
      authentication: { kind: 'none' },
      clientCertificate: { certificate: { kind: 'file', path }, key: { kind: 'file', path } },
    },
  };
}

/**
 * TLS bootstrap: the credentials of the bootstrap kubeconfig serve only to ask for the client certificate of
 * `system:node:<name>`, which is used from then on and renews itself. One that was kept and still holds is used at once.
 * @throws CodedError `VK_BOOTSTRAP_...`, and `VK_OPTION_VALUE` for options that do not go together
 */
export async function bootstrap(options: BootstrapOptions): Promise<Bootstrapped> {
  const { logger, checklist, cluster, start } = options;
  const { folder, node } = placeOf(options);
  const path = certificatePath(folder, node, 'client');
  const store = certificateFolder(folder, node, 'client');
  const clientOf = (transport: Transport): ApiClient => createApiClient({ transport, clock, random, logger });
  const bootstrapTransport = await openCluster(cluster, { logger });
  const asking: AskOptions = {
    identity: { usage: 'client', node },
    client: clientOf(bootstrapTransport),
    clock,
    random,
    logger,
    store,
    waiting(request) {
      start.blame(() => notApproved(request, start));
      checklist.note(`the certificate of the node waits for approval: kubectl certificate approve ${request}`);
    },
  };
  let renewal: { close(): Promise<void> } | undefined;
  try {
    await checklist.step(
      `certificate of ${nodeUser(node)}`,
      async () => {
        if (await kept(store, node, logger)) return 'kept from before';
        await store.save(await obtain(options, asking));
        return 'signed by the cluster';
      },
      (from) => `${from}, in ${path}`,
    );
  } catch (error) {
    await bootstrapTransport.close();
    throw error;
  }
  return {
    cluster: withCertificate(cluster, path, node),
    renew(transport) {
      // A machine that slept too long has a certificate that has ended: it begins as in the beginning.
      renewal = requestedCertificate({ ...asking, client: clientOf(transport), afterEnd: asking.client });
    },
    async close() {
      await renewal?.close();
      await bootstrapTransport.close();
    },
  };
}
