/**
 * Sets of fields, in the form managedFields has them (FieldsV1): a tree whose names are `f:name`, `k:{"key":"value"}`
 * and `v:"value"`. A node belongs to the set when it is empty or has the child `.`.
 */
import type { Json } from '../json.js';
import { isJson } from '../json.js';

/** A set of fields. The empty object is the empty set at the top, and a member below. */
export type FieldSet = Json;

const self = '.';

/** The empty set. */
export const noFields: FieldSet = {};

function isMember(node: Json): boolean {
  return Object.keys(node).length === 0 || Object.hasOwn(node, self);
}

function children(node: Json): readonly (readonly [string, Json])[] {
  return Object.entries(node).flatMap(([name, child]) =>
    name === self || !isJson(child) ? [] : [[name, child] as const],
  );
}

/** A node from its parts; undefined where nothing is left. */
function node(member: boolean, below: readonly (readonly [string, Json])[]): Json | undefined {
  if (below.length === 0) return member ? {} : undefined;
  return Object.fromEntries(member ? [[self, {}], ...below] : below);
}

/** Whether a set has no member. */
export function isEmptySet(set: FieldSet): boolean {
  return children(set).length === 0;
}

/** All fields of both. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA || inB);
}

/** The fields of `a` that `b` does not have. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && !inB);
}

/** The fields of both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, b, (inA, inB) => inA && inB);
}

type Rule = (inA: boolean, inB: boolean) => boolean;

function combine(a: FieldSet, b: FieldSet, rule: Rule): FieldSet {
  return Object.fromEntries(combineBelow(a, b, rule));
}

/** What only one of the two has stays as it is, or goes, as a whole. */
function combineBelow(a: Json, b: Json, rule: Rule): readonly (readonly [string, Json])[] {
  const made: (readonly [string, Json])[] = [];
  for (const [name, one] of children(a)) {
    const other = childOf(b, name);
    const alone = rule(true, false) ? one : undefined;
    const result = other === undefined ? alone : combineNodes(one, other, rule);
    if (result !== undefined) made.push([name, result]);
  }
  if (rule(false, true)) made.push(...children(b).filter(([name]) => childOf(a, name) === undefined));
  return made;
}

function combineNodes(one: Json, other: Json, rule: Rule): Json | undefined {
  return node(rule(isMember(one), isMember(other)), combineBelow(one, other, rule));
}

function childOf(parent: Json, name: string): Json | undefined {
  const child = Object.hasOwn(parent, name) ? parent[name] : undefined;
  return isJson(child) ? child : undefined;
}

/** The members of a set, each as the names that lead to it. */
export function members(set: FieldSet, above: readonly string[] = []): readonly (readonly string[])[] {
  return children(set).flatMap(([name, child]) => {
    const path = [...above, name];
    return [...(isMember(child) ? [path] : []), ...members(child, path)];
  });
}

/** The part of a set below a child, with whether the child itself belongs. */
export function below(
  set: FieldSet,
  name: string,
): { readonly member: boolean; readonly fields: FieldSet } | undefined {
  const child = Object.hasOwn(set, name) ? set[name] : undefined;
  return isJson(child) ? { member: isMember(child), fields: child } : undefined;
}

/** A set without whole subtrees, each given by the names that lead to it. */
export function without(set: FieldSet, paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce((all, path) => cut(all, path), set);
}

function cut(set: FieldSet, [name, ...rest]: readonly string[]): FieldSet {
  const child = name === undefined || !Object.hasOwn(set, name) ? undefined : set[name];
  if (name === undefined || !isJson(child)) return set;
  const left = rest.length === 0 ? {} : cut(child, rest);
  if (left === child) return set;
  const isGone = rest.length === 0 || (Object.keys(left).length === 0 && Object.keys(child).length > 0);
  const entries = Object.entries(set).filter(([each]) => each !== name);
  return Object.fromEntries(isGone ? entries : [...entries, [name, left]]);
}

/** A path as messages write it: `.spec.containers[name="main"].image`. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

function elementText(element: string): string {
  const [kind, rest] = [element.slice(0, 2), element.slice(2)];
  if (kind === 'f:') return `.${rest}`;
  if (kind === 'v:') return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Json);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}
