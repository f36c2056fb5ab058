/**
 * OpenAPI v2 as protocol buffers, the form that kubectl up to 1.28 insists on. It says no more than these need: which
 * kinds there are and that they can be validated by the server. Numbers are those of gnostic's openapiv2 messages.
 */
import { field, message } from '../protobuf/writer.js';
import type { ServedResource } from '../resource.js';
import { pathsOf } from './paths.js';

const extensionName = 'x-kubernetes-group-version-kind';

/** The document. */
export function swaggerProtobuf(resources: readonly ServedResource[]): Uint8Array {
  const info = message(field(1, 'Kubernetes'), field(2, 'v1.37.2+playground'));
  const patched = resources.filter(({ verbs }) => verbs.includes('patch'));
  const paths = message(...patched.map(namedPath));
  const definitions = message(...resources.map(namedSchema));
  return message(field(1, '2.0'), field(2, info), field(8, paths), field(9, definitions));
}

function namedPath(resource: ServedResource): Uint8Array {
  const path = pathsOf(resource).at(-1)?.path ?? '';
  const operation = message(
    queryParameter('dryRun'),
    queryParameter('fieldValidation'),
    field(13, extension(yamlKind(resource, ''))),
  );
  return field(2, message(field(1, path), field(2, field(8, operation))));
}

function queryParameter(name: string): Uint8Array {
  const query = message(field(2, 'query'), field(4, name), field(6, 'string'));
  return field(8, field(1, field(2, field(3, query))));
}

function namedSchema(resource: ServedResource): Uint8Array {
  const name = resource.form?.name ?? resource.kind;
  const schema = message(field(22, field(1, 'object')), field(31, extension(`- ${yamlKind(resource, '  ')}`)));
  return field(2, message(field(1, name), field(2, schema)));
}

function extension(yaml: string): Uint8Array {
  return message(field(1, extensionName), field(2, field(2, yaml)));
}

function yamlKind({ group, version, kind }: ServedResource, indent: string): string {
  return `group: "${group}"\n${indent}kind: ${kind}\n${indent}version: ${version}\n`;
}
