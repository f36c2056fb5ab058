/** Service accounts and their tokens. */
import type { KindRules } from './kind-rules.js';

/** What service accounts do differently. */
export const serviceAccountRules: KindRules = { returnsDeleted: true };
