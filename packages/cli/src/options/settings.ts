import type { CodedError } from '@virtual-kubelet/base';
import { errorsOf } from '@virtual-kubelet/base';
import { parseDurationMs } from '@virtual-kubelet/kubernetes';
import type { Endpoint } from '../run/endpoint.js';
import { endpointOf } from '../run/endpoint.js';
import { errors } from '../errors.js';
import type { Option } from './option.js';
import { formProblem } from './value-forms.js';

const fail = errorsOf(errors);

/** Where a value came from, strongest first. */
export type Source = 'flag' | 'environment' | 'file' | 'default';

/** The text of a setting and where it is from. */
export interface Setting {
  readonly text: string;
  readonly source: Source;
}

/** All settings by flag name; one without any value is missing. */
export type Settings = ReadonlyMap<string, Setting>;

/** Flags as typed, by flag name; `true` and `false` as words. */
export type FlagTexts = Readonly<Record<string, string | undefined>>;

/** Texts from the three places a user can write them. */
export interface SettingSources {
  readonly flags: FlagTexts;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By flag name, from the configuration file. */
  readonly file: Readonly<Record<string, string | undefined>>;
}

function settingOf(option: Option, sources: SettingSources): Setting | undefined {
  const flag = sources.flags[option.flag];
  if (flag !== undefined) return { text: flag, source: 'flag' };
  const environment = option.env === undefined ? undefined : sources.environment[option.env];
  if (environment !== undefined && environment !== '') return { text: environment, source: 'environment' };
  const file = sources.file[option.flag];
  if (file !== undefined) return { text: file, source: 'file' };
  return option.default === undefined ? undefined : { text: option.default, source: 'default' };
}

/** How the user knows the setting: by the place it was written in. */
function shown(option: Option, source: Source): string {
  if (source === 'environment') return `environment variable ${option.env}`;
  return source === 'file' ? `configuration entry ${option.config}` : `--${option.flag}`;
}

/** What is wrong with the text of an option; undefined when it can be used. */
export function valueProblem(option: Option, text: string): string | undefined {
  switch (option.type) {
    case 'boolean':
      return text === 'true' || text === 'false' ? undefined : `"${text}" is neither true nor false`;
    case 'integer':
      return /^[1-9]\d{0,8}$/.test(text) ? undefined : `"${text}" is not a whole number above zero`;
    case 'count':
      return /^(0|[1-9]\d{0,8})$/.test(text) ? undefined : `"${text}" is not a whole number`;
    case 'choice':
      return option.choices?.includes(text) ? undefined : `"${text}" is not one of: ${option.choices?.join(', ')}`;
    case 'duration':
      return durationProblem(text);
    case 'url':
      return endpointOf(text) ? undefined : `"${text}" is not a URL such as https://10.0.0.1:6443, without a path`;
    case 'string':
      return option.form && formProblem(option.form, text);
    case 'list':
      return itemsOf(text)
        .map((item) => option.form && formProblem(option.form, item))
        .find((problem) => problem !== undefined);
  }
}

function itemsOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function durationProblem(text: string): string | undefined {
  try {
    return parseDurationMs(text) < 0 ? `"${text}" is negative` : undefined;
  } catch {
    return `"${text}" is not a duration such as 30s, 5m or 1h30m`;
  }
}

/**
 * Brings the places together: flag before environment before file before default. Every value is checked here, so that
 * readers can rely on them.
 * @throws CodedError `VK_OPTION_VALUE` or `VK_OPTION_REFUSED`
 */
export function resolveSettings(options: readonly Option[], sources: SettingSources): Settings {
  const settings = new Map<string, Setting>();
  for (const option of options) {
    const setting = settingOf(option, sources);
    if (!setting) continue;
    const isRefused = option.refused !== undefined && !option.harmless?.includes(setting.text);
    if (isRefused) throw fail('VK_OPTION_REFUSED', { option: option.flag, remedy: option.refused ?? '' });
    const wrong = valueProblem(option, setting.text);
    if (wrong !== undefined) throw fail('VK_OPTION_VALUE', { option: shown(option, setting.source), problem: wrong });
    settings.set(option.flag, setting);
  }
  return settings;
}

/** Typed reading of {@link Settings} whose values were checked. */
export interface SettingReader {
  text(flag: string): string;
  optional(flag: string): string | undefined;
  /** Whether nobody said anything about it. */
  isDefault(flag: string): boolean;
  boolean(flag: string): boolean;
  integer(flag: string): number;
  /** Milliseconds. */
  duration(flag: string): number;
  list(flag: string): readonly string[];
  /** Host and port of a URL; undefined when it is not set. */
  endpoint(flag: string): Endpoint | undefined;
  /** An error about the value of a setting. */
  wrong(flag: string, problem: string): CodedError;
}

/** Reads settings by type. */
export function readSettings(options: readonly Option[], settings: Settings): SettingReader {
  const text = (flag: string): string => settings.get(flag)?.text ?? '';
  return {
    text,
    optional: (flag) => settings.get(flag)?.text,
    isDefault: (flag) => (settings.get(flag)?.source ?? 'default') === 'default',
    boolean: (flag) => text(flag) === 'true',
    integer: (flag) => Number(text(flag)),
    duration: (flag) => parseDurationMs(text(flag)),
    list: (flag) => itemsOf(text(flag)),
    endpoint: (flag) => endpointOf(text(flag)),
    wrong(flag, what) {
      const option = options.find((each) => each.flag === flag);
      const source = settings.get(flag)?.source ?? 'default';
      return fail('VK_OPTION_VALUE', { option: option ? shown(option, source) : flag, problem: what });
    },
  };
}
