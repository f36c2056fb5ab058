/** Whether the text is an IPv4 address in four plain decimal parts. */
function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/**
 * Whether the text is an IPv6 address in hexadecimal parts. Forms with an IPv4 tail are left out: the API server counts
 * some of them as IPv4.
 */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || /^::ffff:/i.test(text)) return false;
  const parts = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/i.test(part))) return false;
  return halves.length === 2 ? parts.length < 8 : parts.length === 8;
}

/**
 * The addresses a status may carry: valid, at most one of each family, in the given order. Anything else would make the
 * API server refuse the whole status.
 */
export function usableAddresses(addresses: readonly string[]): readonly { readonly ip: string }[] {
  const [first] = addresses;
  if (addresses.length === 1 && first !== undefined && isIPv4(first)) return [{ ip: first }];
  const v4 = addresses.find(isIPv4);
  const v6 = addresses.find(isIPv6);
  return addresses.filter((ip, at) => (ip === v4 || ip === v6) && addresses.indexOf(ip) === at).map((ip) => ({ ip }));
}
