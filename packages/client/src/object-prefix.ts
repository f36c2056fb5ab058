/** What stands at the very beginning of a serialised object. */
export interface ObjectPrefix {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Longest beginning looked at, bytes: names and UID are bounded, so what is farther is in another order. */
const window = 1_024;

const text = '"[^"\\\\]*"';
const start = `\\{(?:"(?:kind|apiVersion)":${text},){0,2}"metadata":\\{`;
const names = `(?:"(?:name|generateName|namespace|selfLink)":${text},)*`;
const identity = new RegExp(`^${start}${names}"uid":"([^"\\\\]+)","resourceVersion":"([^"\\\\]+)"`);

/**
 * Reads UID and version of an object without parsing it, when its fields come in the order API servers write them
 * (k8s.io/apimachinery:pkg/apis/meta/v1/types.go). The grammar is strict, so that no label or annotation can pass for
 * a UID; undefined means: parse it.
 */
export function readObjectPrefix(bytes: Uint8Array, from: number = 0): ObjectPrefix | undefined {
  const found = identity.exec(asText(bytes, from));
  const [, uid, resourceVersion] = found ?? [];
  return uid === undefined || resourceVersion === undefined ? undefined : { uid, resourceVersion };
}

/** Latin-1 keeps one character per byte, and the parts of interest are ASCII. */
function asText(bytes: Uint8Array, from: number): string {
  const length = Math.min(window, bytes.length - from);
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, Math.max(length, 0)).toString('latin1');
}
