/** Applying the four kinds of patches to an object or a view of it. */
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMerge,
  PatchError,
  typeOfKind,
} from '@virtual-kubelet/kubernetes/internal';
import { failureStatus, reasonOfCode } from '@virtual-kubelet/kubernetes';
import type { Call } from './call.js';
import { decodeObject } from './decode.js';
import type { Json } from './json.js';
import { isJson, text } from './json.js';
import type { DraftObject } from './object.js';
import { badRequest, notImplemented, patchRefused, Refusal, unsupportedMediaType } from './refusal.js';

/** The object that a patch makes of an object, or of a view of it, as served. Throws a Refusal. */
export function patched(call: Call, base: Json): DraftObject {
  const result = applied(call, base);
  if (!isJson(result)) throw badRequest('the patch does not leave an object');
  return decodeObject(result, { kind: text(base, 'kind'), apiVersion: text(base, 'apiVersion') });
}

function applied(call: Call, base: Json): unknown {
  const { patchType, body } = call.request;
  try {
    switch (patchType) {
      case 'json':
        return applyJsonPatch(base, body);
      case 'merge':
        return applyMergePatch(base, body);
      case 'strategic':
        return strategic(base, body);
      default:
        throw notImplemented(`patches of type ${String(patchType)}`);
    }
  } catch (error) {
    throw error instanceof PatchError ? refusalOf(error) : error;
  }
}

function strategic(base: Json, body: unknown): unknown {
  const type = typeOfKind(text(base, 'apiVersion'), text(base, 'kind'));
  if (type === undefined) throw unsupportedMediaType(['application/json-patch+json', 'application/merge-patch+json']);
  return applyStrategicMerge(base, body, type);
}

function refusalOf(error: PatchError): Refusal {
  if (error.code === 422) return patchRefused(error.message);
  const reason = reasonOfCode(error.code) ?? 'InternalError';
  return new Refusal(failureStatus(reason, { message: error.message, code: error.code }));
}
