/** Base64 as the API carries bytes in. */
import { Sensitive } from '@virtual-kubelet/base';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of a hidden base64 value, hidden again; undefined where the bytes are not UTF-8. */
export function decodedText(base64: Sensitive): Sensitive | undefined {
  try {
    return new Sensitive(decoder.decode(Buffer.from(base64.reveal(), 'base64')));
  } catch {
    return undefined;
  }
}

/** Base64 of the UTF-8 form of a text. */
export function encodedText(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** Base64 of a hidden text, hidden again. */
export function encodedSecret(text: Sensitive): Sensitive {
  return new Sensitive(encodedText(text.reveal()));
}
