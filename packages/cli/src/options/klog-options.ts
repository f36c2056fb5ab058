import type { Option } from './option.js';

const asInGo = 'it only matters for log files, and logs always go to standard error';
const redirect = 'logs always go to standard error: redirect that';

function klog(name: string, more: Pick<Option, 'type' | 'ignored' | 'refused' | 'harmless'>): Option {
  const help = more.refused === undefined ? 'no effect' : 'refused';
  return { flag: `klog.${name}`, group: 'Compatibility', hidden: true, help, ...more };
}

/**
 * Every flag of klog (k8s.io/klog/v2 2.130) under the prefix that the Go implementation gives it: mapped, without effect
 * because it has none there either, or refused.
 */
export const klogOptions: readonly Option[] = [
  {
    flag: 'klog.v',
    type: 'string',
    form: 'verbosity',
    group: 'Compatibility',
    hidden: true,
    help: 'log level, unless --log-level is given: debug from 4 on, info below',
  },
  klog('logtostderr', { type: 'boolean', refused: redirect, harmless: ['true'] }),
  klog('alsologtostderr', { type: 'boolean', ignored: 'logs always go to standard error' }),
  klog('stderrthreshold', { type: 'string', ignored: asInGo }),
  klog('one_output', { type: 'boolean', ignored: asInGo }),
  klog('skip_log_headers', { type: 'boolean', ignored: asInGo }),
  klog('log_dir', { type: 'string', refused: redirect, harmless: [''] }),
  klog('log_file', { type: 'string', refused: redirect, harmless: [''] }),
  klog('log_file_max_size', { type: 'string', ignored: asInGo }),
  klog('skip_headers', {
    type: 'boolean',
    refused: 'lines always have time and level; --log-format=json lets a program read them',
    harmless: ['false'],
  }),
  klog('add_dir_header', { type: 'boolean', refused: 'lines name no source files; leave it out', harmless: ['false'] }),
  klog('log_backtrace_at', {
    type: 'string',
    refused: 'there are no stacks for lines of source files; use --log-level=debug',
    harmless: ['', ':0'],
  }),
  klog('vmodule', {
    type: 'string',
    refused: 'levels for single files do not exist here; use --log-level',
    harmless: [''],
  }),
];
