import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { code, page, table } from './markdown.js';

/** What the page needs of a resource (`servedResources` of the playground's store). */
interface Resource {
  readonly apiVersion: string;
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  readonly subresources: readonly { readonly name: string }[];
  readonly rules: { readonly answer?: unknown };
}

interface StoreModule {
  readonly servedResources: readonly Resource[];
  isImplemented(resource: Resource, subresource: string): boolean;
}

interface AcceptedModule {
  readonly acceptedDifferences: readonly {
    readonly scenario: string;
    readonly step: string;
    readonly reason: string;
  }[];
}

interface OverlookedModule {
  readonly overlooked: readonly {
    readonly kinds?: readonly string[];
    readonly fields: readonly string[];
    readonly reason: string;
  }[];
}

const files = {
  store: 'packages/playground/dist/store.js',
  accepted: 'e2e/dist/differences/accepted.js',
  overlooked: 'e2e/dist/differences/overlooked.js',
} as const;

/** Whether the page can be made: it is made of built modules. */
export function canMakePlaygroundPage(root: string): boolean {
  return Object.values(files).every((file) => existsSync(join(root, file)));
}

/** What the playground serves, and how it differs from a real API server. */
export async function playgroundPage(root: string): Promise<string> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(root, file)).href);
  const store = (await load(files.store)) as StoreModule;
  const { acceptedDifferences } = (await load(files.accepted)) as AcceptedModule;
  const { overlooked } = (await load(files.overlooked)) as OverlookedModule;
  return [
    page(
      'The API of the playground',
      'What the API server of `virtual-kubelet playground` serves, and every difference from a real one that is known. How to use it is in [playground-guide.md](playground-guide.md).',
    ),
    resourceSection(store),
    otherSection(),
    differenceSection(acceptedDifferences),
    overlookedSection(overlooked),
  ].join('');
}

const everything = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

function resourceSection({ servedResources, isImplemented }: StoreModule): string {
  const rows = servedResources.map((resource) => {
    const names = resource.subresources.map(({ name }) => name);
    const served = names.filter((name) => isImplemented(resource, name));
    const missing = names.filter((name) => !isImplemented(resource, name));
    return [resource.apiVersion, resource.name, verbs(resource), list(served), list(missing)];
  });
  const head = ['Group version', 'Resource', 'Verbs', 'Subresources', 'Answered with 501'];
  return `## Resources\n\n${table(head, rows)}\n`;
}

function verbs(resource: Resource): string {
  if (resource.rules.answer !== undefined) return 'create; answered, not kept';
  return everything.every((verb) => resource.verbs.includes(verb)) ? 'all' : resource.verbs.join(', ');
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ');
}

const others: readonly (readonly [string, string])[] = [
  ['`/version`, `/healthz`, `/livez`, `/readyz`', 'for everybody, without credentials'],
  ['discovery', 'aggregated (`v2`, `v2beta1`) and plain lists'],
  [
    'OpenAPI',
    'v3 for each group version, v2 as JSON and, for kubectl before 1.29, in the least protocol buffers it needs; without descriptions',
  ],
  ['answers', 'JSON; tables and metadata only where asked for'],
  ['bodies', 'JSON; protocol buffers for every kind above; YAML is answered with 415'],
  ['patches', 'JSON patch, merge patch, strategic merge patch, server-side apply'],
  ['watches', 'resumption, bookmarks, initial events, expiry; not over WebSocket'],
  ['writes', 'dry run, field validation, preconditions, finalizers, graceful deletion of pods'],
  ['metrics', 'nodes and pods, from the summaries of the kubelets at the time of asking'],
  [
    'users',
    'client certificates, bearer tokens of service accounts, impersonation; everybody with an identity may do everything, RBAC objects are only kept',
  ],
  ['custom resources', 'none'],
];

function otherSection(): string {
  return `## Everything else\n\n${table(['Part', 'What there is'], others)}\n`;
}

function differenceSection(differences: AcceptedModule['acceptedDifferences']): string {
  const rows = differences.map(({ scenario, step, reason }) => [scenario, step, reason]);
  const intro =
    'The same sequences of requests go to the playground and to a real API server (`make differences`), and every answer is compared. These are the answers that differ, each for a reason:';
  return `## Differences\n\n${intro}\n\n${table(['Sequence', 'Request', 'Reason'], rows)}\n`;
}

function overlookedSection(overlooked: OverlookedModule['overlooked']): string {
  const rows = overlooked.map(({ kinds, fields, reason }) => [list(fields), kinds?.join(', ') ?? 'all', reason]);
  return `## What is not compared\n\n${table(['Fields', 'Kinds', 'Reason'], rows)}`;
}
