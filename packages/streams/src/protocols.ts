/** Names of the protocols, as they occur in `X-Stream-Protocol-Version` and `Sec-WebSocket-Protocol`. */
export const protocol = {
  v1: 'channel.k8s.io',
  v2: 'v2.channel.k8s.io',
  v3: 'v3.channel.k8s.io',
  v4: 'v4.channel.k8s.io',
  v5: 'v5.channel.k8s.io',
  base64: 'base64.channel.k8s.io',
  v4Base64: 'v4.base64.channel.k8s.io',
  portForward: 'portforward.k8s.io',
} as const;

/** Before the name of a SPDY protocol that runs inside a WebSocket (KEP 4006). */
export const tunnelPrefix = 'SPDY/3.1+';

/** Splits the values of a header that names protocols; repeated headers come joined by commas. */
export function protocolList(header: string | string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The first name the client offers that the server knows. */
export function negotiate(offered: readonly string[], known: readonly string[]): string | undefined {
  return offered.find((name) => known.includes(name));
}
