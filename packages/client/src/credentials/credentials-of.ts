import type { Clock, Logger } from '@virtual-kubelet/base';
import type { ClusterConfig } from '../cluster-config.js';
import type { Files } from '../files.js';
import { certificateCredentials } from './client-certificate.js';
import { combinedCredentials } from './combined.js';
import type { CommandRunner } from './command.js';
import { fixedCredentials } from './credentials.js';
import type { Credentials } from './credentials.js';
import type { ExecCluster } from './exec-credential.js';
import { execCredentials } from './exec-plugin.js';
import { impersonationHeaders } from './impersonation.js';
import { basicCredentials, tokenCredentials, tokenFileCredentials } from './token.js';
import type { Authorities } from './trust.js';

/** What credentials need of the world. */
export interface CredentialTools {
  readonly files: Files;
  readonly commands: CommandRunner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly authorities: Authorities;
}

/** What a plugin is told: kubectl, too, gives it the contents of the authority's file instead of its path. */
async function clusterFor(config: ClusterConfig, authorities: Authorities): Promise<ExecCluster> {
  const { server, trust, proxy, execConfig } = config;
  const pem = await authorities.current();
  return {
    server,
    ...(trust.serverName === undefined ? {} : { 'tls-server-name': trust.serverName }),
    ...(trust.insecure ? { 'insecure-skip-tls-verify': true } : {}),
    ...(pem === undefined ? {} : { 'certificate-authority-data': Buffer.from(pem).toString('base64') }),
    ...(proxy === undefined ? {} : { 'proxy-url': proxy.reveal() }),
    ...(execConfig === undefined ? {} : { config: execConfig }),
  };
}

function authorizationOf(config: ClusterConfig, tools: CredentialTools): Credentials {
  const { authentication } = config.user;
  switch (authentication.kind) {
    case 'none':
      return fixedCredentials({});
    case 'token':
      return tokenCredentials(authentication.token);
    case 'tokenFile':
      return tokenFileCredentials({ ...tools, ...authentication });
    case 'basic':
      return basicCredentials(authentication.username, authentication.password);
    case 'exec': {
      const cluster = (): Promise<ExecCluster> => clusterFor(config, tools.authorities);
      return execCredentials({ ...tools, plugin: authentication.plugin, cluster });
    }
    default:
      return authentication satisfies never;
  }
}

/** The credentials of a configuration's user. A certificate in the configuration goes before one of a plugin. */
export function credentialsOf(config: ClusterConfig, tools: CredentialTools): Credentials {
  const { clientCertificate: source, impersonate, origin } = config.user;
  return combinedCredentials([
    ...(source === undefined ? [] : [certificateCredentials({ ...tools, source, origin })]),
    authorizationOf(config, tools),
    ...(impersonate === undefined ? [] : [fixedCredentials({ headers: impersonationHeaders(impersonate) })]),
  ]);
}
