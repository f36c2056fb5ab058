import { closeCode } from './frame.js';

/** The other side does not speak WebSocket as it must. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** To close with. */
  readonly code: number;

  constructor(message: string, code: number = closeCode.protocolError) {
    super(message);
    this.code = code;
  }
}
