/** A whole answer to a request. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Plain text, as most answers of a kubelet are. */
export function text(status: number, body: string, headers?: Readonly<Record<string, string>>): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body, ...(headers ? { headers } : {}) };
}

/** A JSON document. */
export function json(value: unknown): Reply {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(value) };
}
