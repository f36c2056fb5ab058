import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configSchemaText, runOptions } from 'virtual-kubelet/internal';
import type { Generator } from '../generator.js';
import { errorPages, knownErrors } from './error-pages.js';
import { optionPage } from './option-page.js';
import { performancePage } from './performance-page.js';
import { permissionPage, rbacFile } from './permission-page.js';
import { canMakePlaygroundPage, playgroundPage } from './playground-page.js';
import { providerPages } from './provider-pages.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The generator of the reference pages: each is made from the table the code itself uses. */
export const docsGenerator: Generator = {
  name: 'tables of the built packages',
  available: () => existsSync(`${root}/packages/cli/dist/internal.js`) && canMakePlaygroundPage(root),
  fetch() {
    throw new Error('build first: npm run build');
  },
  async render() {
    return new Map([
      ['docs/reference/options.md', optionPage()],
      ['docs/reference/config.schema.json', configSchemaText(runOptions)],
      ['docs/reference/permissions.md', permissionPage()],
      ['docs/performance.md', performancePage(root)],
      ['deploy/rbac.yaml', rbacFile()],
      ...(await providerPages()),
      ...errorPages(await knownErrors(root)),
      ['docs/playground.md', await playgroundPage(root)],
    ]);
  },
};
