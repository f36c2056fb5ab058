/** Test kit for provider authors: the contract suite, builders, a Kubernetes in a test. */
export {};
