import { sep } from 'node:path';
import type { ExecPlugin } from '../cluster-config.js';
import { pathIn } from './inline-data.js';
import type { NamedEntry } from './kubeconfig-file.js';
import type { YamlMap } from './yaml-map.js';

const [v1, v1beta1] = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'] as const;

function versionOf(exec: YamlMap): ExecPlugin['apiVersion'] {
  const version = exec.text('apiVersion');
  if (version === v1 || version === v1beta1) return version;
  throw exec.invalid('apiVersion', `must be ${v1} or ${v1beta1}`);
}

/** v1 asks for the field; v1beta1 takes IfAvailable without it. */
function interactiveModeOf(exec: YamlMap): ExecPlugin['interactiveMode'] {
  const mode = exec.text('interactiveMode');
  if (mode === 'Never' || mode === 'IfAvailable' || mode === 'Always') return mode;
  if (mode !== undefined) throw exec.invalid('interactiveMode', 'must be Never, IfAvailable or Always');
  if (versionOf(exec) === v1beta1) return 'IfAvailable';
  throw exec.invalid('interactiveMode', 'is missing; v1 asks for it');
}

/** A bare name is looked up on the PATH, anything else is a path. */
function commandOf(entry: NamedEntry, exec: YamlMap): string {
  const command = exec.text('command');
  if (command === undefined) throw exec.invalid('command', 'is missing');
  return command.includes(sep) ? pathIn(entry, command) : command;
}

/** Reads `exec` of a user. */
export function readExec(entry: NamedEntry, exec: YamlMap): ExecPlugin {
  const installHint = exec.text('installHint');
  return {
    apiVersion: versionOf(exec),
    command: commandOf(entry, exec),
    args: exec.texts('args'),
    env: exec.maps('env').map((variable) => {
      const name = variable.text('name');
      if (name === undefined) throw variable.invalid('name', 'is missing');
      return { name, value: variable.text('value') ?? '' };
    }),
    ...(installHint === undefined ? {} : { installHint }),
    interactiveMode: interactiveModeOf(exec),
    provideClusterInfo: exec.flag('provideClusterInfo') ?? false,
  };
}
