/** The columns of definitions of custom resources. */
import { list, text, texts } from '../json.js';
import type { Column } from './column.js';
import { column, createdAt, wide } from './column.js';

/** Columns of definitions. */
export const definitionColumns: readonly Column[] = [
  column('Scope', (one) => text(one, 'spec', 'scope')),
  column('Versions', (one) => servedVersions(list(one, 'spec', 'versions'))),
  createdAt,
  wide('Group', (one) => text(one, 'spec', 'group')),
  wide('Kind', (one) => text(one, 'spec', 'names', 'kind')),
  wide('ShortNames', (one) => texts(one, 'spec', 'names', 'shortNames').join(',')),
  {
    ...wide('Established', (one) =>
      list(one, 'status', 'conditions').some(
        (each) => text(each, 'type') === 'Established' && text(each, 'status') === 'True',
      ),
    ),
    type: 'boolean',
  },
];

function servedVersions(versions: readonly unknown[]): string {
  return versions
    .map((one) => one as { readonly name: string; readonly served: boolean; readonly storage: boolean })
    .filter(({ served }) => served)
    .map(({ name, storage }) => (storage ? `${name}(storage)` : name))
    .toSorted()
    .join(',');
}
