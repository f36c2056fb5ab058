/** Who makes a request, as authentication found it. */
export interface User {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Who may do everything: the user of the server's own requests. */
export const adminUser: User = {
  username: 'system:admin',
  groups: ['system:masters', 'system:authenticated'],
};

/** Who did not say who they are. */
export const anonymousUser: User = {
  username: 'system:anonymous',
  groups: ['system:unauthenticated'],
};
