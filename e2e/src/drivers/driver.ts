import type { ApiObject, ObjectName, Resource } from '@virtual-kubelet/client';

/**
 * What a user does with a cluster, by whatever means: our own clients (`wire-driver.ts`) or stock kubectl
 * (`kubectl-driver.ts`). Cases are written against this and run with either. Every step rejects where it fails.
 */
export interface Driver {
  create(...objects: readonly ApiObject[]): Promise<void>;
  /** Undefined when there is none. */
  get<T extends ApiObject>(kind: Resource<T>, at: ObjectName): Promise<T | undefined>;
  list<T extends ApiObject>(kind: Resource<T>, namespace: string): Promise<readonly T[]>;
  scale(deployment: ObjectName, replicas: number): Promise<void>;
  /** Resolves when it is gone. */
  delete(kind: Resource<ApiObject>, at: ObjectName): Promise<void>;
  logs(pod: ObjectName, options?: { readonly tail?: number }): Promise<string>;
  follow(pod: ObjectName): Promise<Conversation>;
  exec(pod: ObjectName, command: readonly string[], input?: Uint8Array): Promise<Executed>;
  attach(pod: ObjectName): Promise<Conversation>;
  forward(pod: ObjectName, port: number): Promise<Forward>;
}

/** Something that goes on until one leaves. */
export interface Conversation {
  /** Resolves when what was heard matches; rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  write(text: string): void;
  stop(): Promise<unknown>;
}

/** How a command ended. */
export interface Executed {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A forwarded port. */
export interface Forward {
  /** Sends bytes over a connection of its own, closes that direction, and gives what comes back until the other closes. */
  exchange(bytes: Buffer): Promise<Buffer>;
  stop(): Promise<unknown>;
}
