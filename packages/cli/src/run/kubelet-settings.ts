import { readFile } from 'node:fs/promises';
import type { KubeletAddress, KubeletSettings } from '@virtual-kubelet/agent';
import { clusterAuthorities, requestedCertificate } from '@virtual-kubelet/agent';
import type { Logger, MetricRegistry } from '@virtual-kubelet/base';
import { systemClock, systemRandom } from '@virtual-kubelet/base';
import type { ApiClient } from '@virtual-kubelet/client';
import type { HeldAuthorities } from '@virtual-kubelet/kubelet-api';
import {
  fileAuthorities,
  fileCertificate,
  kubeletApiMetrics,
  selfSignedCertificate,
} from '@virtual-kubelet/kubelet-api';
import { certificateFolder } from './certificate-folder.js';
import { connectionsOfNode, openFilesLimit } from './open-files.js';
import type { Checklist } from '../output/checklist.js';
import type { SettingReader } from '../options/settings.js';

/** What the settings of the port are made with. */
export interface KubeletSettingsOptions {
  readonly read: SettingReader;
  readonly logger: Logger;
  readonly checklist: Checklist;
  readonly metrics: MetricRegistry;
  /** How many nodes this process has. */
  readonly nodes: number;
}

const clock = systemClock;
const readText = (path: string): Promise<string> => readFile(path, 'utf8');

/** Where a node serves, as flags or file say it; undefined for `--port none`. */
export function kubeletAddress(read: SettingReader): KubeletAddress | undefined {
  const text = read.text('port');
  if (text === 'none') return undefined;
  return { host: read.text('address'), port: Number(text) };
}

type Names = { readonly dnsNames: readonly string[]; readonly ipAddresses: readonly string[] };

function namesOf(node: { readonly name: string; readonly internalIP?: string }): Names {
  return { dnsNames: [node.name], ipAddresses: node.internalIP === undefined ? [] : [node.internalIP] };
}

/** Decides, once for all nodes, where serving certificates come from. */
function certificates(options: KubeletSettingsOptions, client: ApiClient): KubeletSettings['certificate'] {
  const { read, logger, checklist } = options;
  const cert = read.optional('tls-cert-file');
  const key = read.optional('tls-private-key-file');
  if ((cert === undefined) !== (key === undefined))
    throw read.wrong(cert === undefined ? 'tls-cert-file' : 'tls-private-key-file', 'certificate and key go together');
  if (cert !== undefined && key !== undefined) return () => fileCertificate({ cert, key }, { clock, logger, readText });
  if (!read.boolean('rotate-server-certificates')) {
    checklist.note(
      'the kubelet API has a certificate of its own that nobody vouches for, as a kubelet makes by default',
    );
    return async (node) => selfSignedCertificate({ node: node.name, clock, logger, ...namesOf(node) });
  }
  const folder = read.optional('cert-dir');
  return async (node) =>
    requestedCertificate({
      identity: { usage: 'serving', node: node.name, ...namesOf(node) },
      client,
      clock,
      random: systemRandom,
      logger,
      waiting: (request, current) =>
        checklist.note(
          `the kubelet API ${current ? 'is to get a new certificate, the old one serves until it ends' : 'waits for its certificate'}: kubectl certificate approve ${request}`,
        ),
      ...(folder === undefined ? {} : { store: certificateFolder(folder, node.name, 'serving') }),
    });
}

async function authorities(options: KubeletSettingsOptions, client: ApiClient): Promise<HeldAuthorities | undefined> {
  const { read, logger, checklist } = options;
  const path = read.optional('client-ca-file');
  if (path !== undefined) return fileAuthorities(path, { clock, logger, readText });
  const found = await clusterAuthorities(client, { clock, logger });
  if (!found)
    checklist.note(
      'client certificates are not accepted: give --client-ca-file, or grant get on ConfigMap kube-system/extension-apiserver-authentication',
    );
  return found;
}

/** How the nodes of this process serve their kubelet APIs. */
export function kubeletSettings(options: KubeletSettingsOptions): (client: ApiClient) => Promise<KubeletSettings> {
  const { read, checklist, metrics, nodes } = options;
  return async (client) => {
    const certificate = certificates(options, client);
    const clientAuthorities = await authorities(options, client);
    const openFiles = await openFilesLimit();
    const connections = openFiles === undefined ? undefined : connectionsOfNode(openFiles, nodes);
    const insecure = read.boolean('insecure-allow-everybody');
    if (insecure) checklist.note('ANYBODY who reaches the port of the kubelet API may run commands in pods');
    return {
      certificate,
      access: insecure ? 'everybody' : 'reviewed',
      observer: kubeletApiMetrics(metrics),
      anonymous: read.boolean('anonymous-auth'),
      limits: {
        idleTimeout: read.duration('stream-idle-timeout'),
        creationTimeout: read.duration('stream-creation-timeout'),
        ...(connections === undefined ? {} : { connections, forwards: connections }),
      },
      configuration: () => ({
        kind: 'KubeletConfiguration',
        apiVersion: 'kubelet.config.k8s.io/v1beta1',
        authentication: {
          anonymous: { enabled: read.boolean('anonymous-auth') },
          webhook: { enabled: true },
          x509: { clientCAFile: read.optional('client-ca-file') ?? '' },
        },
        authorization: { mode: insecure ? 'AlwaysAllow' : 'Webhook' },
        rotateCertificates: read.boolean('rotate-server-certificates'),
        streamingConnectionIdleTimeout: read.text('stream-idle-timeout'),
      }),
      ...(clientAuthorities ? { clientAuthorities } : {}),
    };
  };
}
