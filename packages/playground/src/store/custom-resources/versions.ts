/** Versions of APIs in the order in which clients prefer them (apimachinery:pkg/version). */

const pattern = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const stages: readonly (string | undefined)[] = ['alpha', 'beta', undefined];

/** Compares two versions for a sort: `v2`, `v1`, `v1beta1`, `v1alpha1`, and after them whatever else there is, by name. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [pattern.exec(a), pattern.exec(b)];
  if (left === null || right === null) return left === right ? (a < b ? -1 : 1) : left === null ? 1 : -1;
  return (
    stages.indexOf(right[2]) - stages.indexOf(left[2]) ||
    Number(right[1]) - Number(left[1]) ||
    Number(right[3] ?? 0) - Number(left[3] ?? 0)
  );
}
