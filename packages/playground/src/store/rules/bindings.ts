/** Bindings, the old way to `pods/binding`. */
import type { KindRules } from './kind-rules.js';
import { bind } from './pod-binding.js';

/** What bindings do differently: they are never kept. */
export const bindingRules: KindRules = { answer: (draft, call) => bind(draft, call).body };
