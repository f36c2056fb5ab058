import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { VirtualNodeOptions } from '@virtual-kubelet/agent';
import type { PodPolicy } from '@virtual-kubelet/node';
import { kubeletAddress } from './kubelet-settings.js';
import type { PlacedDocument } from '../options/config-file.js';
import { parsePlaced, readConfig, readText } from '../options/config-file.js';
import { runOptions, timedChoice } from '../options/option-table.js';
import type { FlagTexts, SettingReader, Settings } from '../options/settings.js';
import { readSettings, resolveSettings } from '../options/settings.js';

/** The settings of every node the command was asked to run. */
export interface LoadedSettings {
  readonly nodes: readonly Settings[];
  /** The configuration file, when there is one. */
  readonly document?: PlacedDocument;
}

/** Brings flags, environment and configuration file together, one set of settings a node. */
export async function loadSettings(flags: FlagTexts): Promise<LoadedSettings> {
  const { config, ...own } = flags;
  const document = config === undefined ? undefined : parsePlaced(config, await readText(config));
  const files = document ? readConfig(document, runOptions) : [{}];
  const nodes = files.map((file) => resolveSettings(runOptions, { flags: own, environment: process.env, file }));
  return { nodes, ...(document ? { document } : {}) };
}

function podPolicy(read: SettingReader): Partial<PodPolicy> {
  const forced = timedChoice(read.text('unreachable-delete'), 'wait', 'force-after');
  if (forced === undefined) throw read.wrong('unreachable-delete', 'expected wait or force-after:<duration>');
  const provisioning = read.duration('provisioning-timeout');
  const daemonSetPods = read.text('daemonset-pods');
  return {
    onRefusal: read.text('on-refusal') === 'fail' ? 'fail' : 'hold',
    daemonSetPods: daemonSetPods === 'run' || daemonSetPods === 'fail' ? daemonSetPods : 'hold',
    admission: read.text('admission') === 'none' ? 'none' : 'capacity',
    unreachableDelete: forced === 'plain' ? 'wait' : { forceAfter: forced },
    nodeLostQuarantine: read.duration('node-lost-quarantine'),
    terminalStatus: read.boolean('skip-terminal-status') ? 'skip' : 'write',
    ...(provisioning > 0 ? { provisioningTimeout: provisioning } : {}),
  };
}

function labelsOf(read: SettingReader): Record<string, string> {
  return Object.fromEntries(
    read.list('node-labels').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function taintOf(read: SettingReader): VirtualNodeOptions['node']['taint'] {
  if (read.boolean('disable-taint')) return false;
  const effect = read.text('taint-effect');
  const value = read.optional('taint-value');
  return {
    key: read.text('taint'),
    effect: effect === 'NoExecute' || effect === 'PreferNoSchedule' ? effect : 'NoSchedule',
    ...(value === undefined ? {} : { value }),
  };
}

/** What the agent is told about one node. */
export function nodeOptions(settings: Settings, providerName: string): VirtualNodeOptions {
  const read = readSettings(runOptions, settings);
  const name = read.text('nodename');
  const outage = timedChoice(read.text('provider-outage'), 'keep', 'not-ready');
  if (outage === undefined) throw read.wrong('provider-outage', 'expected keep or not-ready:<duration>');
  const onExit = read.text('on-exit');
  const internalIP = read.optional('internal-ip');
  const kubelet = kubeletAddress(read);
  return {
    node: {
      name,
      providerName,
      operatingSystem: read.text('os') === 'windows' ? 'windows' : 'linux',
      labels: labelsOf(read),
      taint: taintOf(read) ?? false,
      identity: read.text('identity') === 'node' ? 'node' : 'service-account',
    },
    instance: read.optional('instance') ?? `${hostname()}/${name}`,
    providerOutage: outage === 'plain' ? { mode: 'keep' } : { mode: 'not-ready', after: outage },
    onExit: onExit === 'not-ready' || onExit === 'cordon' ? onExit : 'keep',
    policy: podPolicy(read),
    workers: read.integer('pod-sync-workers'),
    statusWrites: read.integer('status-writes'),
    pollInterval: read.duration('poll-interval'),
    relistInterval: read.duration('full-resync-period'),
    ...(internalIP === undefined ? {} : { internalIP }),
    ...(kubelet ? { kubelet } : {}),
  };
}

/** Folder that relative paths in a file start from. */
export function folderOf(path: string): string {
  return dirname(resolve(path));
}
