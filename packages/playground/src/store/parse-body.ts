/** Reads the bodies of requests: JSON, protocol buffers, and YAML where something reads that. */
import { decodeProtobuf } from './protobuf/decode.js';
import { ProtobufError } from './protobuf/reader.js';
import type { Refusal } from './refusal.js';
import { badRequest, unsupportedMediaType } from './refusal.js';
import type { HttpMessage } from './request.js';
import type { ServedResource } from './resource.js';

/** The type of a body, without parameters; empty where none is named. */
export function mediaType(message: HttpMessage): string {
  return (message.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

const json = 'application/json';
const yaml = 'application/yaml';
const protobuf = 'application/vnd.kubernetes.protobuf';

type ReadYaml = ((text: string) => unknown) | undefined;

/** The body as a value; undefined where there is none. The types of patches are looked at elsewhere. Throws a Refusal. */
export function parseBody(message: HttpMessage, resource: ServedResource, readYaml: ReadYaml): unknown {
  const { body, method } = message;
  if (body.length === 0 || method === 'GET') return undefined;
  const type = mediaType(message);
  const isPatch = method === 'PATCH';
  if (type === protobuf && !isPatch) return protobufBody(body, resource);
  const whole = typeof body === 'string' ? body : decoder.decode(body);
  if (isPatch ? type.endsWith('+yaml') : type === yaml) return yamlBody(whole, resource, readYaml);
  if (!isPatch && type !== '' && type !== json) throw unsupportedMediaType([json, yaml, protobuf]);
  return jsonBody(whole, resource);
}

const decoder = new TextDecoder();

function jsonBody(body: string, resource: ServedResource): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw unrecognised(resource, `json parse error: ${whyOf(error, 'not JSON')}`);
  }
}

/** JSON is YAML, too, and what clients mostly send; it needs no reader, which would be slower. */
function yamlBody(body: string, resource: ServedResource, readYaml: ReadYaml): unknown {
  const value = body.trimStart().startsWith('{') ? tryJson(body) : undefined;
  if (value !== undefined) return value;
  if (readYaml === undefined) throw unsupportedMediaType([json, protobuf]);
  try {
    return readYaml(body);
  } catch (error) {
    throw unrecognised(resource, `yaml parse error: ${whyOf(error, 'not YAML')}`);
  }
}

function tryJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // A mapping of YAML may begin with a brace, too.
    return undefined;
  }
}

function protobufBody(body: string | Uint8Array, resource: ServedResource): unknown {
  try {
    return decodeProtobuf(typeof body === 'string' ? new TextEncoder().encode(body) : body);
  } catch (error) {
    throw error instanceof ProtobufError ? unrecognised(resource, error.message) : error;
  }
}

function whyOf(error: unknown, otherwise: string): string {
  return error instanceof Error ? error.message : otherwise;
}

function unrecognised({ kind }: ServedResource, why: string): Refusal {
  return badRequest(`the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${why}`);
}
