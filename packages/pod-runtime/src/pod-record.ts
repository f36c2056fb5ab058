import { Sensitive } from '@virtual-kubelet/base';
import type { Pod } from '@virtual-kubelet/kubernetes';
import type { PodInputs, PodRef } from '@virtual-kubelet/provider';

/** Facts of a run that only this program knows and that must outlive it. */
export interface KeptMark {
  readonly postStart?: 'done' | 'failed';
  readonly startup?: boolean;
  readonly ready?: boolean;
}

/** What is wanted of a pod, kept beside the engine so that a new process goes on where the last one stopped. */
export interface PodRecord {
  readonly ref: PodRef;
  readonly attempt: number;
  readonly pod: Pod;
  /** Without the contents of volumes: those are on disk already. */
  readonly inputs: PodInputs;
  /** The pod has to end; seconds of grace. */
  readonly deletion?: { readonly graceSeconds: number };
  /** By container id. */
  readonly marks: Readonly<Record<string, KeptMark>>;
}

const sensitiveKey = '$sensitive';

/** The inputs as a record keeps them. */
export function withoutContents(inputs: PodInputs): PodInputs {
  return {
    ...inputs,
    volumes: inputs.volumes.map((volume) => (volume.kind === 'contents' ? { ...volume, files: [] } : volume)),
  };
}

/** A record as text. It holds secrets in the clear: write it where only the owner of the process can read. */
export function encodeRecord(record: PodRecord): string {
  return JSON.stringify(record, function replace(this: unknown, key: string, value: unknown): unknown {
    const original: unknown = this instanceof Object ? Reflect.get(this, key) : value;
    return original instanceof Sensitive ? { [sensitiveKey]: original.reveal() } : value;
  });
}

/** Reads what {@link encodeRecord} wrote. @throws SyntaxError for anything else */
export function decodeRecord(text: string): PodRecord {
  const value: unknown = JSON.parse(text, (_key, inner: unknown) => {
    if (!(inner instanceof Object) || !Object.hasOwn(inner, sensitiveKey)) return inner;
    return new Sensitive(Reflect.get(inner, sensitiveKey));
  });
  if (!(value instanceof Object) || !('ref' in value) || !('inputs' in value) || !('pod' in value))
    throw new SyntaxError('not a pod record');
  return value as PodRecord;
}
