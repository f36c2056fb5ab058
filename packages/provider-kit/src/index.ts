/** What most providers share. */
export {};
