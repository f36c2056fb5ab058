import type { Row } from '../scenario.js';
import type { SubjectName } from '../subjects/subject-names.js';
import { rounded } from '../statistics.js';

/** One value of each result, as a row wants them. What is not a number is left out. */
export function columns<R>(results: ReadonlyMap<SubjectName, R>, take: (result: R) => number): Row['values'] {
  const cells = [...results].map(([subject, result]) => [subject, rounded(take(result))] as const);
  return Object.fromEntries(cells.filter(([, value]) => Number.isFinite(value)));
}
