import { BlockList, isIPv4 } from 'node:net';

/** Hands out pod addresses. */
export interface Addresses {
  take(): string;
  /** An address found in use, after a restart. */
  keep(address: string): void;
  give(address: string): void;
}

/** The address users of the mock know from its documentation, the same for every pod. */
export const classicPodIP = '5.6.7.8';

function toNumber(address: string): number {
  return address.split('.').reduce((n, part) => n * 256 + Number(part), 0);
}

function toAddress(n: number): string {
  return [24, 16, 8, 0].map((shift) => (n >>> shift) & 255).join('.');
}

/**
 * Unique addresses from an IPv4 range, or the classic one for all when there is none.
 * @param range CIDR such as `10.240.0.0/16`
 * @throws RangeError when the text is no range, or when it is used up
 */
export function addresses(range?: string): Addresses {
  if (range === undefined) return { take: () => classicPodIP, keep: () => undefined, give: () => undefined };
  const [base = '', bits = ''] = range.split('/');
  const prefix = Number(bits);
  if (!isIPv4(base) || !Number.isInteger(prefix) || prefix < 8 || prefix > 30)
    throw new RangeError(`${range} is not an IPv4 range such as 10.240.0.0/16`);
  const subnet = new BlockList();
  subnet.addSubnet(base, prefix);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(toNumber(base) / size) * size;
  const used = new Set<number>();
  let next = 1;
  return {
    take() {
      if (used.size >= size - 2) throw new RangeError(`all addresses of ${range} are in use`);
      while (used.has(next)) next = (next % (size - 2)) + 1;
      const offset = next;
      used.add(offset);
      next = (next % (size - 2)) + 1;
      return toAddress(first + offset);
    },
    keep(address) {
      if (isIPv4(address) && subnet.check(address)) used.add(toNumber(address) - first);
    },
    give(address) {
      if (isIPv4(address)) used.delete(toNumber(address) - first);
    },
  };
}
