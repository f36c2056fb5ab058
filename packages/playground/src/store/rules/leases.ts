/** Leases: an update of one that is not there creates it, and needs a version otherwise. */
import { invalidValue } from '../field-error.js';
import { number } from '../json.js';
import type { KindRules } from './kind-rules.js';

/** What leases do differently. */
export const leaseRules: KindRules = {
  createsOnUpdate: true,
  allowsUnconditionalUpdate: false,
  validate: (draft) => {
    const seconds = number(draft, 'spec', 'leaseDurationSeconds');
    if (seconds === undefined || seconds > 0) return [];
    return [invalidValue('spec.leaseDurationSeconds', seconds, 'must be greater than 0')];
  },
};
