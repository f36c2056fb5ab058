/** Why a patch cannot be applied. */

/** The HTTP code the API server answers such a patch with. */
export type PatchErrorCode = 400 | 413 | 422 | 500;

/** A patch that is malformed or does not fit the object. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly code: PatchErrorCode;
  /** Where in the patch or object, as `spec.containers` or a JSON pointer; empty for the whole. */
  readonly field: string;

  constructor(code: PatchErrorCode, field: string, reason: string) {
    super(field === '' ? reason : `${field}: ${reason}`);
    this.code = code;
    this.field = field;
  }
}
