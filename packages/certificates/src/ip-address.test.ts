import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ipAddressBytes, ipAddressText } from './ip-address.js';

describe('IP addresses of a certificate', () => {
  test.each([
    ['127.0.0.1', '7f000001'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::ff00:42:8329', '20010db8000000000000ff0000428329'],
    ['fe80::', 'fe800000000000000000000000000000'],
    ['::ffff:10.1.2.3', '00000000000000000000ffff0a010203'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ])('%s becomes bytes', (address, expected) => {
    expect(Buffer.from(ipAddressBytes(address)).toString('hex')).toBe(expected);
  });

  test.each(['', 'localhost', '1.2.3', '[::1]', '10.0.0.0/8', 'fe80::1%eth0', '1.2.3.4:80'])(
    '"%s" is refused by name',
    (address) => {
      expect(() => ipAddressBytes(address)).toThrow(
        expect.objectContaining({ code: 'VK_CERTIFICATE_ADDRESS_INVALID' }),
      );
    },
  );

  test('any address survives the way through text', () => {
    const addresses = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(addresses, (bytes) => {
        expect([...ipAddressBytes(ipAddressText(bytes))]).toEqual([...bytes]);
      }),
    );
  });
});
