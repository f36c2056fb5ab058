/** One thing to do. All can be repeated; those with a busy key take long and are begun once. */
export type PodAction =
  | { readonly do: 'createSandbox'; readonly attempt: number }
  | { readonly do: 'stopSandbox'; readonly id: string }
  | { readonly do: 'removeSandbox'; readonly id: string }
  /** Get the image, make the container, start it. */
  | {
      readonly do: 'start';
      readonly container: string;
      readonly attempt: number;
      readonly backoff: number;
      readonly round: number;
      readonly sandboxId: string;
    }
  /** Start a container that was made before, by an agent that did not live to start it. */
  | { readonly do: 'startCreated'; readonly container: string; readonly id: string }
  | { readonly do: 'postStart'; readonly container: string; readonly id: string }
  /** Note that the stop begins. `grace` in milliseconds. */
  | {
      readonly do: 'beginStop';
      readonly container: string;
      readonly id: string;
      readonly grace: number;
      readonly why: string;
      readonly preStop: boolean;
    }
  /** The grace period became shorter. */
  | { readonly do: 'shortenStop'; readonly id: string; readonly grace: number }
  | { readonly do: 'preStop'; readonly container: string; readonly id: string }
  | { readonly do: 'signal'; readonly id: string; readonly kill: boolean }
  | { readonly do: 'removeContainer'; readonly id: string }
  /** Nothing is left to do for a deleted pod but to forget it. */
  | { readonly do: 'forget' };
