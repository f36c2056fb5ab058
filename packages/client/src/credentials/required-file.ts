import { clientError } from '../errors.js';
import type { Files } from '../files.js';

/** The text of a file that must be there and hold something. */
export async function readRequired(files: Files, path: string): Promise<string> {
  const text = await files.readText(path).catch((thrown: unknown) => {
    throw clientError('VK_CREDENTIALS_FILE', { path, detail: 'it cannot be read' }, thrown);
  });
  if (text === undefined) throw clientError('VK_CREDENTIALS_FILE', { path, detail: 'it does not exist' });
  if (text.trim() === '') throw clientError('VK_CREDENTIALS_FILE', { path, detail: 'it is empty' });
  return text;
}
