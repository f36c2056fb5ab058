/** Tokens of pods' ServiceAccounts, renewed ahead of time (kubernetes/kubernetes:pkg/kubelet/token, KEP 1205). */
import type { Clock, Logger, Random, Sensitive } from '@virtual-kubelet/base';
import { messageOf } from '@virtual-kubelet/base';
import type { PodRef } from '@virtual-kubelet/provider';
import { podName } from '@virtual-kubelet/provider';
import type { Absent } from './config-content.js';
import type { PodToken, TokenParameters } from './config-snapshot.js';
import { tokenKey } from './config-snapshot.js';

/** Which token is wanted. */
export interface TokenQuery {
  readonly pod: PodRef;
  readonly serviceAccount: string;
  readonly parameters: TokenParameters;
}

/** A token as the API server issues it. */
export interface IssuedToken {
  readonly text: Sensitive;
  /** Milliseconds. A duration, because the server's clock need not be ours. */
  readonly life: number;
}

/** What {@link serviceAccountTokens} needs. */
export interface TokensOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Asks the API server; `absent` when there is no such ServiceAccount. */
  readonly issue: (query: TokenQuery) => Promise<IssuedToken | Absent>;
}

/** The tokens of all pods of a node. */
export interface ServiceAccountTokens {
  /** The present token, or another when it is due. An old one is better than none: it is used until it ends. */
  token(query: TokenQuery): Promise<PodToken | Absent>;
  /** Drops the tokens of a pod that is gone. */
  forget(uid: string): void;
}

/** Longest time a token is used, whatever its life; and the spread of renewals of pods that started together. */
const longestUse = 24 * 3_600_000;
const spread = 10_000;
/** Time before another try to renew a token that can still be used. */
const retryAfter = 30_000;

interface Held {
  readonly text: Sensitive;
  /** Monotonic times. */
  readonly endsAt: number;
  renewAt: number;
}

/** Makes an empty store. */
export function serviceAccountTokens(options: TokensOptions): ServiceAccountTokens {
  const { clock, random, logger, issue } = options;
  const held = new Map<string, Map<string, Held>>();
  const asking = new Map<string, Promise<PodToken | Absent>>();

  const answer = ({ text, renewAt }: Held): PodToken => ({
    text,
    renewAt: Math.round(clock.wall() + renewAt - clock.monotonic()),
  });

  const ofPod = (uid: string): Map<string, Held> => {
    const tokens = held.get(uid) ?? new Map<string, Held>();
    held.set(uid, tokens);
    return tokens;
  };

  /** 80 % of the life, or a day; earlier by a random time, which is little for short lives. */
  const holding = ({ text, life }: IssuedToken, asked: number): Held => {
    const early = random.next() * Math.min(spread, life / 20);
    return { text, endsAt: asked + life, renewAt: asked + Math.min(life * 0.8, longestUse) - early };
  };

  const keepOld = (old: Held, query: TokenQuery, why: string): PodToken => {
    old.renewAt = clock.monotonic() + retryAfter;
    logger.warn('a service account token could not be renewed; the present one is used', {
      pod: podName(query.pod),
      why,
    });
    return answer(old);
  };

  const ask = async (query: TokenQuery, tokens: Map<string, Held>): Promise<PodToken | Absent> => {
    const key = tokenKey(query.parameters);
    const asked = clock.monotonic();
    const old = tokens.get(key);
    const usable = (): boolean => old !== undefined && clock.monotonic() < old.endsAt;
    try {
      const issued = await issue(query);
      if (issued === 'absent')
        return old && usable() ? keepOld(old, query, 'the ServiceAccount does not exist') : issued;
      const fresh = holding(issued, asked);
      tokens.set(key, fresh);
      return answer(fresh);
    } catch (error) {
      if (old && usable()) return keepOld(old, query, messageOf(error));
      throw error;
    }
  };

  /** One request at a time for each token. */
  const asked = (query: TokenQuery, tokens: Map<string, Held>): Promise<PodToken | Absent> => {
    const flight = `${query.pod.uid} ${tokenKey(query.parameters)}`;
    const running = asking.get(flight);
    if (running) return running;
    const started = ask(query, tokens).finally(() => asking.delete(flight));
    asking.set(flight, started);
    return started;
  };

  return {
    token(query) {
      const tokens = ofPod(query.pod.uid);
      const present = tokens.get(tokenKey(query.parameters));
      if (present && clock.monotonic() < present.renewAt) return Promise.resolve(answer(present));
      return asked(query, tokens);
    },
    forget: (uid) => void held.delete(uid),
  };
}
