import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** What the audit log tells of one request (audit.k8s.io/v1 Event, level Metadata). */
export interface AuditEvent {
  readonly auditID: string;
  /** `ResponseStarted` only for requests that stay open, such as watches. */
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly requestURI: string;
  readonly verb: string;
  readonly user: { readonly username: string; readonly groups?: readonly string[] };
  readonly userAgent?: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

/** Records metadata of every request, once it is answered. The stage before the answer would only double the log. */
export const auditPolicy: string = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
});

/** Length of the log in bytes: a mark to read from later. */
export function auditPosition(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** Events from a mark on. A line that is still being written is left for the next time. */
export function readAudit(file: string, from = 0): AuditEvent[] {
  if (!existsSync(file)) return [];
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - from));
    const read = readSync(handle, bytes, 0, bytes.length, from);
    const lines = bytes.subarray(0, read).toString('utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
  } finally {
    closeSync(handle);
  }
}
