/**
 * Writes the public API of each package to `docs/api/<package>.api.md`, or with --check ends with status 1 when one of them
 * is not current: a change of what users import is seen in review. Needs the built packages.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('../..', import.meta.url));
const check = process.argv.includes('--check');

function publicPackages(): readonly string[] {
  return ['packages', 'providers']
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => join(root, kind, name)))
    .filter((folder) => existsSync(join(folder, 'package.json')) && exportsOf(folder)?.['.'] !== undefined);
}

function exportsOf(folder: string): Readonly<Record<string, unknown>> | undefined {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports?: Readonly<Record<string, unknown>>;
  };
  return manifest.exports;
}

const silent = { logLevel: ExtractorLogLevel.None };

function configOf(folder: string): ExtractorConfig {
  const name = folder.split('/').at(-1) ?? '';
  return ExtractorConfig.prepare({
    configObjectFullPath: join(folder, 'api-extractor.json'),
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, 'dist/index.d.ts'),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            target: 'es2022',
            lib: ['es2023'],
            types: ['node'],
            skipLibCheck: true,
          },
          files: [join(folder, 'dist/index.d.ts')],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: join(root, 'docs/api'),
        reportTempFolder: join(root, 'temp/api'),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: silent,
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: silent },
      },
    },
  });
}

mkdirSync(join(root, 'docs/api'), { recursive: true });
let stale = 0;
const folders = publicPackages();
const [first, ...others] = folders.map(configOf);
if (first === undefined) throw new Error('no package was found');
// One compilation for all of them: each needs the same types of Kubernetes and Node.js, read once.
const compilerState = CompilerState.create(first, {
  additionalEntryPoints: others.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
});
for (const [at, config] of [first, ...others].entries()) {
  const result = Extractor.invoke(config, {
    compilerState,
    localBuild: !check,
    messageCallback: (message) => {
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  if (!result.apiReportChanged) continue;
  stale += 1;
  const file = folders[at]?.slice(root.length);
  process.stdout.write(
    check ? `${file}: its API differs from docs/api: run npm run api\n` : `wrote the API of ${file}\n`,
  );
}
process.exitCode = check && stale > 0 ? 1 : 0;
