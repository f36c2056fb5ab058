/**
 * Objects from protocol buffers, as typed clients of newer kubectl and client-go send them
 * (apimachinery:pkg/runtime/serializer/protobuf). What comes out is what the same object would be in JSON, except that
 * zero values are there which JSON leaves out: the types' rules drop them afterwards.
 */
import { formatMicroTime, formatTime } from '@virtual-kubelet/kubernetes';
import { base64Of } from '../base64.js';
import { kindMessages, messageFields } from '../generated/protobuf.js';
import type { Json } from '../json.js';
import type { WireField } from './reader.js';
import { ProtobufError, readFields } from './reader.js';

/** What every body begins with: `k8s` and a zero. */
const magic = [0x6b, 0x38, 0x73, 0x00] as const;

const decoder = new TextDecoder('utf-8', { fatal: false });

/** Decodes a body. Throws {@link ProtobufError}. */
export function decodeProtobuf(body: Uint8Array): Json {
  if (magic.some((byte, index) => body[index] !== byte)) throw new ProtobufError('the body does not begin as it must');
  const envelope = [...readFields(body.subarray(magic.length))];
  const [typeMeta, raw] = [bytesOf(envelope, 1), bytesOf(envelope, 2)];
  const meta = [...readFields(typeMeta)];
  const [apiVersion, kind] = [decoder.decode(bytesOf(meta, 1)), decoder.decode(bytesOf(meta, 2))];
  const key = `${apiVersion} ${kind}`;
  const name = Object.hasOwn(kindMessages, key) ? kindMessages[key] : undefined;
  if (name === undefined) throw new ProtobufError(`no kind "${kind}" is registered for version "${apiVersion}"`);
  return { kind, apiVersion, ...messageOf(raw, name) };
}

function bytesOf(fields: readonly WireField[], number: number): Uint8Array {
  const found = fields.find((each) => each.number === number);
  return found?.is === 'bytes' ? found.value : new Uint8Array();
}

interface Field {
  /** Empty where the fields of the type stand beside the others. */
  readonly name: string;
  readonly shape: 'one' | 'list' | 'map';
  readonly type: string;
}

const compiled = new Map<string, ReadonlyMap<number, Field>>();

function fieldsOf(message: string): ReadonlyMap<number, Field> {
  const known = compiled.get(message);
  if (known !== undefined) return known;
  const table = Object.hasOwn(messageFields, message) ? (messageFields[message] ?? {}) : {};
  const fields = new Map(Object.entries(table).map(([number, words]) => [Number(number), parseField(words)]));
  compiled.set(message, fields);
  return fields;
}

function parseField(words: string): Field {
  const [, name = '', mark = '', type = ''] = /^(\S*) (\[\]|\{\})?(.+)$/.exec(words) ?? [];
  return { name, shape: mark === '[]' ? 'list' : mark === '{}' ? 'map' : 'one', type };
}

function messageOf(bytes: Uint8Array, name: string): Json {
  const fields = fieldsOf(name);
  const made = new Map<string, unknown>();
  for (const wire of readFields(bytes)) {
    const field = fields.get(wire.number);
    if (field !== undefined) add(made, field, wire);
  }
  return Object.fromEntries(made);
}

function add(made: Map<string, unknown>, { name, shape, type }: Field, wire: WireField): void {
  if (name === '') {
    for (const [inner, value] of Object.entries(valueOf(wire, type) as Json)) made.set(inner, value);
  } else if (shape === 'one') made.set(name, valueOf(wire, type));
  else if (shape === 'list')
    made.set(name, [...((made.get(name) as readonly unknown[] | undefined) ?? []), valueOf(wire, type)]);
  else made.set(name, Object.fromEntries([...Object.entries(made.get(name) ?? {}), entryOf(wire, type)]));
}

/** Maps are lists of pairs: 1 is the key, 2 the value. A value that is missing is the zero of its type. */
function entryOf(wire: WireField, type: string): readonly [string, unknown] {
  const pair = [...readFields(contentOf(wire))];
  const value = pair.find((each) => each.number === 2) ?? { number: 2, is: 'bytes', value: new Uint8Array() };
  return [decoder.decode(bytesOf(pair, 1)), valueOf(value, type)];
}

function contentOf(wire: WireField): Uint8Array {
  if (wire.is === 'bytes') return wire.value;
  throw new ProtobufError(`field ${wire.number} has the wrong wire type`);
}

function valueOf(wire: WireField, type: string): unknown {
  switch (type) {
    case 'string':
      return decoder.decode(contentOf(wire));
    case 'int':
      return integerOf(wire);
    case 'boolean':
      return integerOf(wire) !== 0;
    case 'double':
      return wire.is === 'fixed64' ? wire.value : integerOf(wire);
    case 'bytes':
      return base64Of(contentOf(wire));
    default:
      return specialOf(contentOf(wire), type);
  }
}

function integerOf(wire: WireField): number {
  if (wire.is === 'varint') return Number(BigInt.asIntN(64, wire.value));
  throw new ProtobufError(`field ${wire.number} is no number`);
}

/** Messages that JSON has in a form of its own, and all others. */
function specialOf(bytes: Uint8Array, type: string): unknown {
  switch (type) {
    case 'time':
      return timeOf(bytes, formatTime);
    case 'microTime':
      return timeOf(bytes, formatMicroTime);
    case 'duration':
      return `${numberIn(bytes, 1) / 1e9}s`;
    case 'quantity':
      return decoder.decode(bytesOf([...readFields(bytes)], 1));
    case 'intOrString':
      return numberIn(bytes, 1) === 0 ? numberIn(bytes, 2) : decoder.decode(bytesOf([...readFields(bytes)], 3));
    case 'raw':
      return parsed(bytesOf([...readFields(bytes)], 1));
    default:
      return unwrapped(messageOf(bytes, type), type);
  }
}

/** What a message only wraps stands alone in JSON: a list, or a schema beside what may stand in its place. */
function unwrapped(value: Json, type: string): unknown {
  if (/\.(ExtraValue|Verbs)$/.test(type)) return value.items ?? [];
  if (!/\.JSONSchemaPropsOr\w+$/.test(type)) return value;
  return value.schema ?? value.jSONSchemas ?? value.property ?? value.allows ?? null;
}

function numberIn(bytes: Uint8Array, number: number): number {
  const found = [...readFields(bytes)].find((each) => each.number === number);
  return found === undefined ? 0 : integerOf(found);
}

/** The zero time is no time. */
function timeOf(bytes: Uint8Array, format: (milliseconds: number) => string): string | null {
  const [seconds, nanos] = [numberIn(bytes, 1), numberIn(bytes, 2)];
  return seconds === 0 && nanos === 0 ? null : format(seconds * 1000 + nanos / 1e6);
}

function parsed(raw: Uint8Array): unknown {
  if (raw.length === 0) return null;
  try {
    return JSON.parse(decoder.decode(raw)) as unknown;
  } catch {
    throw new ProtobufError('JSON inside the object cannot be read');
  }
}
