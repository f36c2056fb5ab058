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
  readonly checkedFormats: readonly string[];
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
    customSection(store),
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
  [
    'bodies',
    'JSON; protocol buffers for every kind above; YAML 1.2 in `virtual-kubelet playground`, in a test only with `settings.readYaml` of `startControlPlane`, otherwise answered with 415',
  ],
  ['patches', 'JSON patch, merge patch, strategic merge patch, server-side apply'],
  [
    'watches',
    'resumption, bookmarks, initial events, expiry; over WebSocket, too, but without bearer tokens in subprotocols',
  ],
  [
    'writes',
    'dry run, field validation (a field that occurs twice is not noticed), preconditions, finalizers, graceful deletion of pods',
  ],
  ['numbers', 'as JavaScript has them: whole numbers beyond 2^53 lose digits'],
  ['metrics', 'nodes and pods, from the summaries of the kubelets at the time of asking'],
  [
    'users',
    'client certificates, bearer tokens of service accounts, impersonation; everybody with an identity may do everything',
  ],
  [
    'RBAC',
    'roles and bindings are kept and not enforced. Access reviews, `kubectl auth can-i` among them, answer what the server does: yes to everything, whatever the roles say',
  ],
];

const customResources = (formats: readonly string[]): readonly (readonly [string, string])[] => [
  [
    'definitions',
    'accepted names and conflicts, Established, stored versions, scope, short names, categories, deletion with all objects',
  ],
  [
    'schemas',
    'structural ones; pruning, defaults, nullable, `x-kubernetes-preserve-unknown-fields`, `-int-or-string`, `-embedded-resource`, `-list-type`, `-list-map-keys`, `-map-type`',
  ],
  [
    'validation',
    `types, required fields, enumerations, limits, patterns, \`allOf\`, \`anyOf\`, \`oneOf\`, \`not\`; of formats ${list(formats)}, no others`,
  ],
  ['`x-kubernetes-validations`', 'kept and not evaluated; whoever writes such a definition is warned of it'],
  ['patterns', 'those of RE2, translated; a definition with one that cannot be is refused'],
  ['versions', 'several; conversion changes the apiVersion alone. `strategy: Webhook` is answered with 501'],
  ['subresources', '`status`, `scale`'],
  [
    'columns, `selectableFields`',
    'fields, indexes, `[*]` and filters with one comparison; other JSON paths are refused',
  ],
  ['patches', 'JSON patch, merge patch, server-side apply; strategic merge patch is answered with 415, as upstream'],
  ['`deprecated` versions', 'served with a warning, but for watches and failures'],
  ['admission webhooks', 'none: `admissionregistration.k8s.io` is not served'],
];

function customSection({ checkedFormats }: StoreModule): string {
  return `## Custom resources\n\n${table(['Part', 'What there is'], customResources(checkedFormats))}\n`;
}

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
