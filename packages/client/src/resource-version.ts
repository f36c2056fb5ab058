const decimal = /^[1-9][0-9]*$/;

/**
 * Whether a version is from before another. Versions of one kind are whole numbers that grow (KEP 5504); of versions in
 * any other form neither is older.
 */
export function isOlderVersion(version: string, than: string): boolean {
  if (!decimal.test(version) || !decimal.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
