/** Whole-pod semantics over a backend that knows containers. */
export {};
