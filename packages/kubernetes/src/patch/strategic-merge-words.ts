/** The directives of strategic merge patches. */

/** In an object: `replace` takes the object as it is, `delete` empties it or removes the list element. */
export const patchDirective = '$patch';
/** In an object: the list of fields that stay; all others go. */
export const retainKeysDirective = '$retainKeys';
/** Before the name of a list of scalars: what to take out of it. */
export const deleteFromListPrefix = '$deleteFromPrimitiveList';
/** Before the name of a list: the order its elements shall have. */
export const elementOrderPrefix = '$setElementOrder';

/** Whether a field of a patch speaks about others rather than being one. */
export function isDirective(key: string): boolean {
  return (
    key === patchDirective ||
    key === retainKeysDirective ||
    key.startsWith(deleteFromListPrefix) ||
    key.startsWith(elementOrderPrefix)
  );
}
