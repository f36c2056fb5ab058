/** Reads what is generated from the files of a Kubernetes release. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiscoveryDocument, LegacyResourceList } from './discovery.js';
import { readResources } from './discovery.js';
import type { Model } from './model.js';
import type { Definitions } from './object-types.js';
import { readTypes } from './object-types.js';

/** Reads the model from the directory of the Go module k8s.io/kubernetes. */
export function readModel(moduleDirectory: string): Model {
  const read = reader(moduleDirectory);
  const definitions = readDefinitions(moduleDirectory);
  const resources = readResources(
    read('discovery/aggregated_v2.json') as DiscoveryDocument,
    read('discovery/api__v1.json') as LegacyResourceList,
  );
  return { types: readTypes(definitions, resources), resources };
}

/** Reads the definitions from the directory of the Go module k8s.io/kubernetes. */
export function readDefinitions(moduleDirectory: string): Definitions {
  return (reader(moduleDirectory)('openapi-spec/swagger.json') as { definitions: Definitions }).definitions;
}

function reader(moduleDirectory: string): (path: string) => unknown {
  return (path) => JSON.parse(readFileSync(join(moduleDirectory, 'api', path), 'utf8'));
}
