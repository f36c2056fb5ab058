/**
 * For our own packages only, without promise: patches and how they are merged, and the tables of the types and
 * resources of the API.
 */
export * from './api-resource.js';
export * from './field-paths.js';
export { apiResources } from './generated/resources.js';
export * from './merge-schema.js';
export { isJsonObject, type JsonObject } from './patch/json.js';
export * from './patch/json-patch.js';
export * from './patch/merge-patch.js';
export * from './patch/patch-error.js';
export * from './patch/strategic-merge-apply.js';
export * from './patch/strategic-merge-create.js';
