import { homedir } from 'node:os';
import type { ConfigSources } from './load-config.js';
import { systemFiles } from './system-files.js';

/** The files, environment and home directory of this process. */
export function systemSources(): ConfigSources {
  return { files: systemFiles, env: process.env, home: homedir() };
}
