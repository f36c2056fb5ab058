/**
 * Who may import whom. The table is the whole rule; `docs/architecture.md` explains it.
 * Run as `node tools/dist/layers.js`; ends with status 1 and a list when somebody breaks it.
 */
import { cruise } from 'dependency-cruiser';
import type { ICruiseResult } from 'dependency-cruiser';

const contract = ['base', 'kubernetes', 'provider'];

/** Folder to the folders it may import. Tests may import anything. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'packages/base': [],
  'packages/kubernetes': [],
  'packages/provider': ['base', 'kubernetes'],
  'packages/provider-kit': contract,
  'packages/streams': ['base'],
  'packages/certificates': ['base'],
  'packages/client': ['base', 'kubernetes', 'certificates'],
  'packages/node': [...contract, 'client'],
  'packages/pod-runtime': [...contract, 'provider-kit'],
  'packages/kubelet-api': [...contract, 'streams', 'certificates'],
  'packages/agent': [...contract, 'provider-kit', 'streams', 'certificates', 'client', 'node', 'kubelet-api'],
  'packages/playground': ['base', 'kubernetes', 'streams', 'certificates'],
  'packages/testing': [...contract, 'provider-kit', 'client', 'node', 'agent', 'playground', 'mock'],
  'packages/cli': [
    ...contract,
    'provider-kit',
    'certificates',
    'client',
    'node',
    'kubelet-api',
    'agent',
    'playground',
    'mock',
    'container',
  ],
  'providers/mock': [...contract, 'provider-kit'],
  'providers/container': [...contract, 'provider-kit', 'streams', 'pod-runtime'],
};

/** With the wrong compiler installed the tool sees nothing and finds nothing wrong, so it must have seen at least this much. */
const fewestModules = 100;

function folderOf(path: string): string | undefined {
  return /^(?:.*\/)?((?:packages|providers)\/[a-z-]+)\//.exec(path)?.[1];
}

/** Tests and what they share, in `test` folders or beside the source, may import anything, and so may sketches. */
function isTest(path: string): boolean {
  return /\.test(-d|-kit)?\.ts$/.test(path) || /\/(test|sketches)\//.test(path);
}

/** The folder's name of one of our packages, from an import. */
function packageOf(specifier: string): string | undefined {
  return /^@virtual-kubelet\/([a-z-]+)/.exec(specifier)?.[1];
}

function breaches(result: ICruiseResult): readonly string[] {
  return result.modules.flatMap((module) => {
    const from = folderOf(module.source);
    if (from === undefined || isTest(module.source)) return [];
    return module.dependencies.flatMap(({ module: name }) => {
      const to = packageOf(name);
      if (to === undefined || to === from.split('/')[1]) return [];
      const isAllowed = allowed[from]?.includes(to) ?? false;
      return isAllowed ? [] : [`${module.source} imports ${name}: ${from} may not know ${to}`];
    });
  });
}

/** The store of the playground is pure: it knows the words of Kubernetes and nothing else, not even Node. */
function impurities(result: ICruiseResult): readonly string[] {
  const pure = /^packages\/(kubernetes\/src|playground\/src\/store)\//;
  return result.modules
    .filter(({ source }) => pure.test(source) && !source.endsWith('.test.ts'))
    .flatMap(({ source, dependencies }) =>
      dependencies
        .filter((d) => d.coreModule || packageOf(d.module) === 'base')
        .map((d) => `${source} imports ${d.module}: it must stay pure`),
    );
}

const { output } = await cruise(['packages', 'providers'], {
  exclude: { path: '^(packages|providers)/[a-z-]+/dist' },
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
  combinedDependencies: true,
});
const result = output as ICruiseResult;
const modules = result.modules.filter(({ source }) => source.includes('/src/')).length;
const problems = [...breaches(result), ...impurities(result)];
if (modules < fewestModules) problems.push(`only ${modules} modules were seen: the checker does not work`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`${modules} modules, ${problems.length} breaches of the layers\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
