/** Leases: an update of one that is not there creates it, and needs a version otherwise. */
import { invalidValue } from '../field-error.js';
import { number } from '../json.js';
import type { KindRules } from './kind-rules.js';

/** What leases do differently. */
export const leaseRules: KindRules = {
  createsOnUpdate: true,
  allowsUnconditionalUpdate: false,
  validate: (draft) => {
    const seconds = number(draft, 'spec', 'leaseDurationSeconds') ?? 1;
    const transitions = number(draft, 'spec', 'leaseTransitions') ?? 0;
    return [
      ...(seconds > 0 ? [] : [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')]),
      ...(transitions >= 0
        ? []
        : [invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]),
    ];
  },
};
