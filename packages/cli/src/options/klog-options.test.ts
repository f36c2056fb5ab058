import { describe, expect, test } from 'vitest';
import { klogOptions } from './klog-options.js';
import { runOptions } from './option-table.js';
import { levelOf } from './log-levels.js';
import { readSettings, resolveSettings } from './settings.js';

const read = (flags: Readonly<Record<string, string>>, environment = {}, file = {}) =>
  readSettings(runOptions, resolveSettings(runOptions, { flags, environment, file }));

describe('flags of klog', () => {
  test('are all there', () => {
    expect(klogOptions.map(({ flag }) => flag.replace('klog.', '')).toSorted()).toEqual([
      'add_dir_header',
      'alsologtostderr',
      'log_backtrace_at',
      'log_dir',
      'log_file',
      'log_file_max_size',
      'logtostderr',
      'one_output',
      'skip_headers',
      'skip_log_headers',
      'stderrthreshold',
      'v',
      'vmodule',
    ]);
  });

  test.each([
    ['-1', 'info'],
    ['0', 'info'],
    ['3', 'info'],
    ['4', 'debug'],
    ['10', 'debug'],
  ])('a verbosity of %s is the level %s', (verbosity, level) => {
    expect(levelOf(read({ 'klog.v': verbosity }))).toBe(level);
  });

  test('a verbosity does not count where a level is given, wherever that is', () => {
    expect(levelOf(read({ 'klog.v': '5', 'log-level': 'warn' }))).toBe('warn');
    expect(levelOf(read({ 'klog.v': '5' }, {}, { 'log-level': 'error' }))).toBe('error');
    expect(levelOf(read({ 'log-level': 'debug' }))).toBe('debug');
    expect(levelOf(read({}))).toBe('info');
  });

  test('a verbosity that is no number is refused', () => {
    expect(() => read({ 'klog.v': 'high' })).toThrow('--klog.v: "high" is not a whole number');
  });

  test.each([
    { 'klog.logtostderr': 'false' },
    { 'klog.log_dir': '/var/log' },
    { 'klog.log_file': 'a.log' },
    { 'klog.skip_headers': 'true' },
    { 'klog.add_dir_header': 'true' },
    { 'klog.log_backtrace_at': 'node.go:12' },
    { 'klog.vmodule': 'node=4' },
  ])('%j cannot be had and is refused with what to do instead', (flags) => {
    expect(() => read(flags)).toThrow(
      expect.objectContaining({ code: 'VK_OPTION_REFUSED', remedy: expect.stringMatching(/\w{4}/) as unknown }),
    );
  });

  test('those that ask for what is here, or for the default, are taken', () => {
    const flags = {
      'klog.logtostderr': 'true',
      'klog.alsologtostderr': 'false',
      'klog.stderrthreshold': 'ERROR',
      'klog.one_output': 'true',
      'klog.skip_log_headers': 'true',
      'klog.log_file_max_size': '1800',
      'klog.log_dir': '',
      'klog.log_file': '',
      'klog.skip_headers': 'false',
      'klog.add_dir_header': 'false',
      'klog.log_backtrace_at': ':0',
      'klog.vmodule': '',
    };
    expect(() => read(flags)).not.toThrow();
  });
});
