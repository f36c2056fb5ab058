import { logLevelNames } from './log-levels.js';
import type { Option } from './option.js';

/** Options of `virtual-kubelet playground`. */
export const playgroundOptions: readonly Option[] = [
  {
    flag: 'nodes',
    type: 'count',
    group: 'Node',
    default: '1',
    help: 'virtual nodes of each provider; 0 for a cluster whose nodes come from elsewhere',
  },
  {
    flag: 'provider',
    type: 'list',
    values: 'provider',
    group: 'Provider',
    env: 'VK_PLAYGROUND_PROVIDER',
    default: 'mock',
    help: 'what runs the pods, also the path or package of a provider of your own; several make nodes of each',
  },
  {
    flag: 'provider-config',
    type: 'string',
    values: 'file',
    group: 'Provider',
    help: 'configuration file, where there is one provider',
  },
  {
    flag: 'apply',
    type: 'list',
    values: 'file',
    group: 'Cluster',
    help: 'manifests to apply at the start: YAML or JSON files',
  },
  {
    flag: 'port',
    type: 'string',
    group: 'Cluster',
    default: '0',
    help: 'port of the API server; 0 is any free one',
  },
  {
    flag: 'address',
    type: 'string',
    group: 'Cluster',
    default: '127.0.0.1',
    help: 'address the API server listens at; 0.0.0.0 or that of a container network, so that pods of a container engine reach it',
  },
  {
    flag: 'kubeconfig',
    type: 'string',
    values: 'file',
    group: 'Cluster',
    env: 'VK_PLAYGROUND_KUBECONFIG',
    help: 'where to write the kubeconfig; without it a private temporary folder, or the data folder',
  },
  {
    flag: 'data-dir',
    type: 'string',
    values: 'folder',
    group: 'Cluster',
    help: 'folder that keeps the objects and the credentials until the next start; without it nothing remains',
  },
  {
    flag: 'log-level',
    type: 'choice',
    group: 'Observation',
    choices: logLevelNames,
    default: 'warn',
    help: 'lines to log',
  },
  {
    flag: 'log-format',
    type: 'choice',
    group: 'Observation',
    choices: ['auto', 'json', 'pretty'],
    default: 'auto',
    help: 'how log lines look',
  },
];
