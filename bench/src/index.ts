/** Measurements against peers, by one command. */
export {};
