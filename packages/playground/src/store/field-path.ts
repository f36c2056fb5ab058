/** Paths of fields in messages. */

/** The path of a field below another, `spec.name`; of one at the top where that is empty. */
export function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
