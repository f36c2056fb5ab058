/** What a request asks for, in the words in which access is granted, and the refusal where it is not. */
import type { AccessAttributes } from './access-attributes.js';
import type { StoreSettings } from './call.js';
import { accessDenied } from './refusal.js';
import type { ApiRequest, ResourceRequest } from './request.js';

/** Checks that a user may do what a request asks. Throws a Refusal. */
export function checkAccess(request: ApiRequest, settings: StoreSettings): void {
  const attributes = attributesOf(request);
  const { allowed, reason } = settings.authorize(attributes);
  if (!allowed) throw accessDenied(attributes, reason);
}

function attributesOf(request: ApiRequest): AccessAttributes {
  if (request.about === 'resource') return resourceAttributes(request.request);
  const { method, path, user } = request.request;
  return { user, verb: method.toLowerCase(), path };
}

function resourceAttributes({ verb, user, resource, subresource, namespace, name }: ResourceRequest): AccessAttributes {
  const { group, version, name: plural } = resource;
  return {
    user,
    verb: opensStream(subresource) ? 'create' : verb,
    resource: {
      group,
      version,
      resource: plural,
      subresource: subresource?.split('/')[0] ?? '',
      namespace: namespace ?? (plural === 'namespaces' ? (name ?? '') : ''),
      name: name ?? '',
    },
  };
}

/** To open a stream into a pod is to create, whatever the method: browsers can only GET. */
function opensStream(subresource: string | undefined): boolean {
  return subresource === 'exec' || subresource === 'attach' || subresource === 'portforward';
}
