/** `$(NAME)` in env, command and args, with the rules of kubernetes/kubernetes:third_party/forked/golang/expansion. */
import type { Expression, ExpressionPart } from '@virtual-kubelet/provider';

/** The value of a variable; undefined when there is no such variable: the reference is then left as written. */
export type VariableLookup = (name: string) => Expression | undefined;

/**
 * What the environment and command line of one container may take together, in UTF-16 units. Linux starts no process
 * with more than 2 MiB of both, so nothing that works is cut off.
 */
export const expansionLimit: number = 2 * 1024 * 1024;

/** What a part counts beside its text, so that many empty parts count too. */
const partOverhead = 32;

/** Room left for the values of one container. */
export interface ExpansionBudget {
  left: number;
}

/** The values of a container are larger than its budget. */
export class ExpansionTooLarge extends Error {
  override readonly name = 'ExpansionTooLarge';
}

function sizeOf(part: ExpressionPart): number {
  if (part.from === 'literal') return part.text.length;
  if (part.from === 'runtime') return 2 * partOverhead;
  const text = part.from === 'secret' ? part.text.reveal() : part.text;
  return text.length + partOverhead;
}

/** Takes the size of parts from the budget. Throws {@link ExpansionTooLarge} when it is used up. */
export function charge(budget: ExpansionBudget, parts: readonly ExpressionPart[]): void {
  for (const part of parts) budget.left -= sizeOf(part);
  if (budget.left < 0) throw new ExpansionTooLarge();
}

function append(parts: ExpressionPart[], part: ExpressionPart): void {
  if (part.from !== 'literal') return void parts.push(part);
  if (part.text === '') return;
  const last = parts.at(-1);
  if (last?.from === 'literal') parts[parts.length - 1] = { from: 'literal', text: last.text + part.text };
  else parts.push(part);
}

/**
 * Replaces every `$(NAME)` by the parts of its value, so that each keeps its origin. `$$` is a dollar sign, and what is
 * no complete reference stays as it is. Values are not expanded again.
 */
export function expand(text: string, lookup: VariableLookup, budget: ExpansionBudget): Expression {
  const parts: ExpressionPart[] = [];
  const add = (part: ExpressionPart): void => {
    charge(budget, [part]);
    append(parts, part);
  };
  // Text before `copied` is in the parts already.
  let copied = 0;
  // Where no parenthesis closes after some place, none does after a later one: keeps the scan linear.
  let closes = true;
  for (let at = text.indexOf('$'); at >= 0;) {
    let next = at + 2;
    if (text[at + 1] === '$') {
      add({ from: 'literal', text: text.slice(copied, at + 1) });
      copied = next;
    } else if (text[at + 1] === '(' && closes) {
      const end = text.indexOf(')', next);
      closes = end >= 0;
      const value = closes ? lookup(text.slice(next, end)) : undefined;
      if (closes) next = end + 1;
      if (value) {
        add({ from: 'literal', text: text.slice(copied, at) });
        for (const part of value.parts) add(part);
        copied = next;
      }
    }
    at = text.indexOf('$', next);
  }
  add({ from: 'literal', text: text.slice(copied) });
  return { parts };
}
