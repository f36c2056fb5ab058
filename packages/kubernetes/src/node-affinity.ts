/** Which nodes a pod may or would rather run on (k8s.io/component-helpers:scheduling/corev1/nodeaffinity). */
import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from './generated/types.js';
import { type LabelOperator, matchesLabels } from './label-selector.js';

const operators: ReadonlyMap<string, LabelOperator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
  ['Gt', '>'],
  ['Lt', '<'],
]);

/** Whether any term matches. A term without requirements matches no node, and so does one that is not valid. */
export function matchesNodeSelector(selector: NodeSelector, node: Node): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  const isEmpty = matchExpressions.length + matchFields.length === 0;
  return (
    !isEmpty &&
    matchExpressions.every((requirement) => matchesExpression(requirement, node)) &&
    matchFields.every((requirement) => matchesField(requirement, node))
  );
}

function matchesExpression(requirement: NodeSelectorRequirement, node: Node): boolean {
  const { key, values = [] } = requirement;
  const operator = operators.get(requirement.operator);
  if (operator === undefined || !isCount(operator, values.length)) return false;
  return matchesLabels([{ key, operator, values }], node.metadata?.labels);
}

function isCount(operator: LabelOperator, count: number): boolean {
  if (operator === 'in' || operator === 'notin') return count > 0;
  return count === (operator === '>' || operator === '<' ? 1 : 0);
}

/** The only field of a node that can be matched is its name, against exactly one value. */
function matchesField(requirement: NodeSelectorRequirement, node: Node): boolean {
  const { key, operator, values = [] } = requirement;
  const [value] = values;
  if (values.length !== 1 || (operator !== 'In' && operator !== 'NotIn')) return false;
  const actual = key === 'metadata.name' ? (node.metadata?.name ?? '') : '';
  return (actual === value) === (operator === 'In');
}

/** Whether the node selector and the required node affinity of a pod allow a node. */
export function allowsNode(spec: Pick<PodSpec, 'nodeSelector' | 'affinity'>, node: Node): boolean {
  const labels = Object.entries(spec.nodeSelector ?? {}).map(([key, value]) => ({
    key,
    operator: '=' as const,
    values: [value],
  }));
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    matchesLabels(labels, node.metadata?.labels) && (required === undefined || matchesNodeSelector(required, node))
  );
}

/** The sum of the weights of the preferences that a node meets. */
export function nodePreference(spec: Pick<PodSpec, 'affinity'>, node: Node): number {
  const terms = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return terms.filter(({ preference }) => matchesTerm(preference, node)).reduce((sum, { weight }) => sum + weight, 0);
}
