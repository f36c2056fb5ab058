/** Where a server listens. */
export interface Endpoint {
  /** A name or an address; one of IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `https://host:port`, the port being 443 unless it is said. Undefined for anything else, such as a URL with a path. */
export function endpointOf(text: string): Endpoint | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, href, origin } = new URL(text);
  if (protocol !== 'https:' || pathname !== '/' || href !== `${origin}/`) return undefined;
  return { host: hostname.replaceAll(/[[\]]/g, ''), port: port === '' ? 443 : Number(port) };
}
