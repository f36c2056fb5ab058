/** Which taints a pod tolerates (k8s.io/api:core/v1/toleration.go). */
import type { Taint, Toleration } from './generated/types.js';

/**
 * Whether a toleration tolerates a taint. An empty effect or key means any; the operators `Lt` and `Gt`
 * compare the taint's value, a whole number, with the toleration's (KEP 5471).
 */
export function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  const { key = '', effect = '', operator = '', value = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  const taintValue = taint.value ?? '';
  switch (operator) {
    case '':
    case 'Equal':
      return value === taintValue;
    case 'Exists':
      return true;
    case 'Lt':
      return isBelow(taintValue, value);
    case 'Gt':
      return isBelow(value, taintValue);
    default:
      return false;
  }
}

/** Only numbers in their plainest form compare: no leading zeros, no plus sign. */
function isBelow(a: string, b: string): boolean {
  const plain = /^(?:0|-?[1-9]\d*)$/;
  return plain.test(a) && plain.test(b) && BigInt(a) < BigInt(b);
}

/** The first taint with one of the effects that no toleration tolerates. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[] = ['NoSchedule', 'NoExecute'],
): Taint | undefined {
  return (taints ?? []).find(
    (taint) =>
      effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => toleratesTaint(toleration, taint)),
  );
}
