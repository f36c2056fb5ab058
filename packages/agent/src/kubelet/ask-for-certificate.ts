import type { KeyObject } from 'node:crypto';
import type { Clock, Logger, Random } from '@virtual-kubelet/base';
import { backoffDelay, messageOf } from '@virtual-kubelet/base';
import { generateKey, privateKeyPem } from '@virtual-kubelet/certificates';
import type { ApiClient, CallOptions } from '@virtual-kubelet/client';
import { isNotFound, resources } from '@virtual-kubelet/client';
import type { CertificateAndKey } from '@virtual-kubelet/kubelet-api';
import type { CertificateIdentity } from './signing-request.js';
import { requestState, signingRequest } from './signing-request.js';

/** A request that nobody has answered yet, with the key it is about. */
export interface PendingRequest {
  /** Name of the CertificateSigningRequest. */
  readonly name: string;
  readonly keyPem: string;
  /** What was asked for and by whom, as JSON: a request for other names is of no use. */
  readonly identity: string;
}

/** Keeps a certificate over restarts: without it each start needs another approval. */
export interface CertificateStore {
  load(): Promise<CertificateAndKey | undefined>;
  save(value: CertificateAndKey): Promise<void>;
  /** The request that is under way. Absent: an approval that comes after a restart is lost. */
  readonly pending?: {
    load(): Promise<PendingRequest | undefined>;
    /** Undefined: there is none any more. */
    save(request: PendingRequest | undefined): Promise<void>;
  };
}

/** What is needed to ask the cluster for a certificate. */
export interface AskOptions {
  readonly identity: CertificateIdentity;
  readonly client: ApiClient;
  /**
   * Word for whose credentials `client` has, where they change: the cluster may approve requests of one and not of another,
   * so those of another are given up.
   */
  readonly asker?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** @default kept nowhere */
  readonly store?: CertificateStore;
  /** Told the name of a request that waits for somebody's approval. */
  readonly waiting: (request: string) => void;
  /** @default a new EC key */
  readonly makeKey?: () => KeyObject;
  /** Longest wait for an answer, milliseconds. @default for ever: the cluster collects requests nobody answers within a day */
  readonly patience?: number;
  /** Whether calls without an answer are repeated a few times. False for who asks again itself. @default as the client does */
  readonly retry?: boolean;
}

/** What became of a request. */
export type RequestOutcome =
  | { readonly state: 'issued'; readonly value: CertificateAndKey }
  | { readonly state: 'refused'; readonly request: string; readonly message: string }
  /** Deleted, or collected by the cluster. */
  | { readonly state: 'gone' }
  /** Nobody answered within the patience; it can still be approved. */
  | { readonly state: 'unanswered'; readonly request: string };

/** Waits between looks at a request, milliseconds. */
const looks = { first: 1_000, most: 15_000 };

function callOf({ retry }: AskOptions, signal: AbortSignal): CallOptions {
  return { signal, ...(retry === undefined ? {} : { retry }) };
}

/** The request under way, from before a restart, or a new one. */
async function pendingRequest(options: AskOptions, signal: AbortSignal): Promise<PendingRequest> {
  const { client, asker, store, logger, makeKey = generateKey } = options;
  const unkept = (error: unknown): undefined => {
    logger.warn('a request for a certificate cannot be kept over restarts', { error: messageOf(error) });
    return undefined;
  };
  const identity = JSON.stringify({ ...options.identity, ...(asker === undefined ? {} : { asker }) });
  const kept = await store?.pending?.load().catch(unkept);
  if (kept?.identity === identity) return kept;
  const key = makeKey();
  const request = signingRequest(options.identity, key);
  const made = await client.create(resources.certificateSigningRequests, request, callOf(options, signal));
  const pending = { name: made.metadata?.name ?? '', keyPem: privateKeyPem(key), identity };
  await store?.pending?.save(pending).catch(unkept);
  return pending;
}

/** Looks until there is an answer. */
async function outcomeOf(
  { name, keyPem }: PendingRequest,
  options: AskOptions,
  signal: AbortSignal,
): Promise<RequestOutcome> {
  const { client, clock, random, waiting, patience = Infinity } = options;
  const until = clock.monotonic() + patience;
  for (let look = 1; ; look += 1) {
    const found = requestState(
      await client.get(resources.certificateSigningRequests, { name }, callOf(options, signal)),
    );
    if (found.state === 'issued') return { state: 'issued', value: { certificatePem: found.certificatePem, keyPem } };
    if (found.state === 'refused') return { state: 'refused', request: name, message: found.message };
    // The first look is too early for controllers that approve by themselves.
    if (found.state === 'waiting' && look === 2) waiting(name);
    const left = until - clock.monotonic();
    if (left <= 0) return { state: 'unanswered', request: name };
    await clock.sleep(Math.min(backoffDelay(looks, look, random), left), signal);
  }
}

/**
 * Asks for a certificate and waits for the answer. A request that was under way before a restart is waited for, so that
 * whoever approves it does not approve it in vain.
 */
export async function askForCertificate(options: AskOptions, signal: AbortSignal): Promise<RequestOutcome> {
  const request = await pendingRequest(options, signal);
  const outcome = await outcomeOf(request, options, signal).catch((error: unknown): RequestOutcome => {
    if (isNotFound(error)) return { state: 'gone' };
    throw error;
  });
  if (outcome.state !== 'unanswered') await options.store?.pending?.save(undefined).catch(() => undefined);
  return outcome;
}
