/** Part of the help text an option is listed under. */
export type OptionGroup = 'Node' | 'Provider' | 'Cluster' | 'Pods' | 'Kubelet API' | 'Observation' | 'Compatibility';

/** How an option's text is read. */
export type OptionType = 'string' | 'boolean' | 'integer' | 'count' | 'duration' | 'choice' | 'list' | 'url';

/** What the text of an option of type `string` or `list` has to look like; see `value-forms.ts`. */
export type ValueForm =
  | 'object-name'
  | 'domain'
  | 'host'
  | 'ip'
  | 'label-key'
  | 'label-value'
  | 'label'
  | 'listener'
  | 'port'
  | 'verbosity';

/** What shells complete the value of an option with, where the table has no words for it. */
export type ValueSource = 'file' | 'folder' | 'provider';

/**
 * One setting of the command. Flags, environment variables, the configuration file, help, completion and the reference
 * page are all made from this table.
 */
export interface Option {
  /** Long flag without dashes. */
  readonly flag: string;
  readonly type: OptionType;
  readonly group: OptionGroup;
  readonly help: string;
  readonly env?: string;
  /** As a user would type it; absent: no value. */
  readonly default?: string;
  /** The only words there are. */
  readonly choices?: readonly string[];
  /** Words to offer for a value that may be others, too. */
  readonly words?: readonly string[];
  /** What values there are beside words. */
  readonly values?: ValueSource;
  /** What the text, or each item of a list, has to look like. @default anything */
  readonly form?: ValueForm;
  /** Place in the configuration file, for example `pods.onRefusal`; absent: flag and environment only. */
  readonly config?: string;
  /** Known from the Go implementation and without effect here, with the reason; accepted and mentioned in the log. */
  readonly ignored?: string;
  /** Known from the Go implementation and refused here, with the remedy. */
  readonly refused?: string;
  /** Values of a refused option that ask for what is here anyway. */
  readonly harmless?: readonly string[];
  readonly hidden?: boolean;
}
