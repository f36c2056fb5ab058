/** Bytes in the text form that JSON has of them, without what only Node.js offers. */

/** Base64 of bytes. */
export function base64Of(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
