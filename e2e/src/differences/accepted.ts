/** Differences that stay, each with its reason. A difference that is no longer there must be taken off the list. */

/** A difference in one step. */
export interface AcceptedDifference {
  readonly scenario: string;
  readonly step: string;
  readonly reason: string;
}

/** All of them. */
export const acceptedDifferences: readonly AcceptedDifference[] = [];
