/**
 * The HTTPS server a kubelet is, for one virtual node: logs, exec, attach, port-forward, statistics and metrics. It knows
 * routes, who may use them, and how an answer looks; what the answers are made of comes from the provider, and who a
 * sender is from the ports {@link Authenticator} and {@link Authorizer}.
 *
 * It does not talk to the API server (the agent implements the ports over its client) and does not speak the stream
 * dialects (that is `@virtual-kubelet/streams`). Start reading at `routes.ts`, then `kubelet-api.ts`.
 */
export { createKubeletApi } from './kubelet-api.js';
export type { KubeletApi } from './kubelet-api.js';
export type { ClientAuthorities, ContextOf, KubeletApiOptions, StreamingProvider } from './kubelet-api-options.js';
export { kubeletApiMetrics } from './kubelet-api-metrics.js';
export type { AnswerProtocol, KubeletApiMetrics } from './kubelet-api-metrics.js';
export { defaultLimits } from './limits.js';
export type { KubeletApiLimits } from './limits.js';
export type { PodLookup } from './pod-lookup.js';
export { routes } from './routes.js';
export type { Route, RouteName } from './routes.js';
export type { AccessQuestion, Authenticator, Authorizer, Credentials, KubeletUser } from './access/ports.js';
export { delegatedAuthenticator } from './access/delegated-authenticator.js';
export type { DelegatedAuthenticatorOptions } from './access/delegated-authenticator.js';
export { delegatedAuthorizer } from './access/delegated-authorizer.js';
export type { DelegatedAuthorizerOptions } from './access/delegated-authorizer.js';
export { certificateSlot } from './certificate/serving-certificate.js';
export type { CertificateAndKey, CertificateSlot, ServingCertificate } from './certificate/serving-certificate.js';
export { selfSignedCertificate } from './certificate/self-signed-certificate.js';
export type { SelfSignedCertificateOptions } from './certificate/self-signed-certificate.js';
export { waitUntil } from './certificate/wait-until.js';
export { fileAuthorities, fileCertificate } from './certificate/file-certificate.js';
export type { FileOptions, ReadText } from './certificate/file-certificate.js';
export { followedAuthorities } from './certificate/followed-authorities.js';
export type { FollowOptions, HeldAuthorities } from './certificate/followed-authorities.js';
export { kubeletApiErrors } from './errors.js';
export type { KubeletApiErrorCode } from './errors.js';
