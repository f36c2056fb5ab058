import { Sensitive } from '@virtual-kubelet/base';

/** Facts known only once the pod has a place: filled in by whoever starts the containers. */
export type RuntimeField = 'status.podIP' | 'status.podIPs' | 'status.hostIP' | 'status.hostIPs';

/** A piece of a value, with where it came from. */
export type ExpressionPart =
  | { readonly from: 'literal'; readonly text: string }
  | {
      readonly from: 'configMap';
      readonly name: string;
      readonly key: string;
      readonly text: string;
    }
  | {
      readonly from: 'secret';
      readonly name: string;
      readonly key: string;
      readonly text: Sensitive;
    }
  /** A downward API field or resource, already known. */
  | { readonly from: 'field'; readonly path: string; readonly text: string }
  | { readonly from: 'runtime'; readonly field: RuntimeField };

/** A value of env, command or args with every `$(NAME)` already expanded into parts. */
export interface Expression {
  readonly parts: readonly ExpressionPart[];
}

/** An environment variable of a container, in order; names are unique. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly value: Expression;
}

/** What {@link resolve} needs for the runtime parts. */
export interface RuntimeFacts {
  readonly podIPs: readonly string[];
  readonly hostIPs: readonly string[];
}

const nothingKnown: RuntimeFacts = { podIPs: [], hostIPs: [] };

/** The expression of a plain text. */
export function literal(text: string): Expression {
  return { parts: [{ from: 'literal', text }] };
}

/** Whether any part came from a Secret: such a value must travel by the platform's secret channel or not be shown. */
export function isSensitive(expression: Expression): boolean {
  return expression.parts.some((part) => part.from === 'secret');
}

/** Whether the value depends on addresses the pod does not have yet. */
export function needsRuntime(expression: Expression): boolean {
  return expression.parts.some((part) => part.from === 'runtime');
}

function runtimeText(field: RuntimeField, facts: RuntimeFacts): string {
  switch (field) {
    case 'status.podIP':
      return facts.podIPs[0] ?? '';
    case 'status.podIPs':
      return facts.podIPs.join(',');
    case 'status.hostIP':
      return facts.hostIPs[0] ?? '';
    case 'status.hostIPs':
      return facts.hostIPs.join(',');
  }
}

function partText(part: ExpressionPart, facts: RuntimeFacts): string {
  if (part.from === 'runtime') return runtimeText(part.field, facts);
  return part.from === 'secret' ? part.text.reveal() : part.text;
}

/** The text of a value, hidden when a part of it is secret. Nobody needs to parse `$(...)` again. */
export function resolve(expression: Expression, facts: RuntimeFacts): Sensitive | string {
  const text = reveal(expression, facts);
  return isSensitive(expression) ? new Sensitive(text) : text;
}

/**
 * The text of a value in the clear, whatever it is made of. Call it where the value leaves for the platform, nowhere else;
 * by {@link isSensitive} it travels on the platform's channel for secrets, where there is one.
 * @param facts what was learned of the pod; by default nothing, so that runtime parts are empty: see {@link needsRuntime}
 */
export function reveal(expression: Expression, facts: RuntimeFacts = nothingKnown): string {
  return expression.parts.map((part) => partText(part, facts)).join('');
}
