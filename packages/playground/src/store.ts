/**
 * The store: an API server as a state machine. Requests are values, time and randomness come with each request, and
 * nothing is awaited. It has no sockets and no timers; those are in `@virtual-kubelet/playground`.
 */
export type { AccessAttributes } from './store/access-attributes.js';
export type {
  Answer,
  Document,
  DocumentAnswer,
  KubeletAnswer,
  KubeletSource,
  MetricsAnswer,
  ObjectAnswer,
  TextAnswer,
  WatchAnswer,
} from './store/answer.js';
export { bootstrap, furnishNamespace, systemNamespaces } from './store/bootstrap.js';
export type { ApplyContext, Authorize, StoreSettings, TokenBinding, TokenClaims, TokenIssuer } from './store/call.js';
export type { Collection } from './store/collection.js';
export type { History, StoreEvent } from './store/history.js';
export { isImplemented } from './store/implemented.js';
export type { Json } from './store/json.js';
export type { StoredMeta, StoredObject } from './store/object.js';
export { ownRequest } from './store/own-requests.js';
export type { OwnRequest } from './store/own-requests.js';
export { parseRequest } from './store/parse-request.js';
export type { ApiRequest, HttpMessage, PatchType, PathRequest, ResourceRequest, Verb } from './store/request.js';
export { checkedFormats } from './store/custom-resources/formats.js';
export { knownResource, servedResource, servedResources } from './store/served.js';
export type { Served } from './store/served.js';
export type { ServedResource } from './store/resource.js';
export type { State, StateOptions } from './store/state.js';
export { createStore } from './store/store.js';
export type { Outcome, Store, StoreOptions } from './store/store.js';
export { adminUser, anonymousUser } from './store/user.js';
export type { User } from './store/user.js';
export type { Message, Watch } from './store/watch.js';
