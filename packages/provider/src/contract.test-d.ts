/** The promises of the contract that its types make: checked by the compiler, never run. */
import type { Sensitive } from '@virtual-kubelet/base';
import type { Container, PodSpec } from '@virtual-kubelet/kubernetes';
import { expectTypeOf } from 'vitest';
import type {
  CallContext,
  Capabilities,
  CompleteFidelity,
  ContainerRef,
  ContentVolume,
  Diagnosis,
  ExitStatus,
  FailureKind,
  Fidelity,
  ListedPod,
  LogOptions,
  NodeDescription,
  NodeIdentity,
  NodeStats,
  OptionalProvider,
  PodDeletion,
  PodLifecycleHandler,
  PodListing,
  PodObservation,
  PodRef,
  PodRequest,
  PodUpdate,
  Provider,
  StandardSchema,
  StreamRequest,
  TerminalSize,
  UpdateOutcome,
  Upstream,
} from './index.js';
import { defineProvider } from './index.js';

type RequiredKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? never : K }[keyof T];
type OptionalKeys<T> = Exclude<keyof T, RequiredKeys<T>>;

// A provider must be able to do six things, and may be able to do each of the others.
type Six = 'createPod' | 'updatePod' | 'deletePod' | 'getPod' | 'getPodStatus' | 'getPods';
expectTypeOf<RequiredKeys<Provider>>().toEqualTypeOf<Six>();
expectTypeOf<OptionalKeys<Provider>>().toEqualTypeOf<keyof OptionalProvider>();
expectTypeOf<PodLifecycleHandler>().toExtend<Provider>();
// @ts-expect-error: five methods are not enough
expectTypeOf<Omit<PodLifecycleHandler, 'getPods'>>().toExtend<Provider>();

// The configuration's type comes from the schema, all the way into `open`.
interface Config {
  readonly region: string;
  readonly pods?: number;
}
declare const schema: StandardSchema<Config>;
declare const provider: Provider;
declare const capabilities: Capabilities;
const session = { forNode: async () => provider, close: async () => undefined };

const inferred = defineProvider({
  contract: 1,
  name: 'typed',
  summary: 'checks types',
  configSchema: schema,
  fidelity: { spec: 'full' },
  capabilities(config) {
    expectTypeOf(config).toEqualTypeOf<Config>();
    return capabilities;
  },
  async diagnose({ config }) {
    expectTypeOf(config.region).toEqualTypeOf<string>();
    return [];
  },
  async open({ config }) {
    expectTypeOf(config).toEqualTypeOf<Config>();
    return session;
  },
});
expectTypeOf(inferred.configSchema).toEqualTypeOf<StandardSchema<Config>>();

defineProvider({
  // @ts-expect-error: another version of the contract is another contract
  contract: 2,
  name: 'future',
  summary: 'too new',
  configSchema: schema,
  fidelity: { spec: 'full' },
  capabilities,
  open: async () => session,
});

/**
 * The type as it comes back from another process: no functions, nothing but plain objects. Hidden values are allowed, and
 * what the API itself calls any JSON.
 */
type Plain<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined | Sensitive
    ? T
    : T extends (...args: never[]) => unknown
      ? never
      : T extends readonly (infer Item)[]
        ? readonly Plain<Item>[]
        : T extends object
          ? { [K in keyof T]: Plain<T[K]> }
          : never;
type IsPlain<T> = T extends Plain<T> ? true : false;

// Everything a call takes or gives can travel, so that a provider may live in another process.
type Values = {
  ref: PodRef;
  request: PodRequest;
  update: PodUpdate;
  outcome: UpdateOutcome;
  deletion: PodDeletion;
  observation: PodObservation;
  listed: ListedPod;
  listing: PodListing;
  volume: ContentVolume;
  node: NodeDescription;
  identity: NodeIdentity;
  stats: NodeStats;
  logs: LogOptions;
  container: ContainerRef;
  exit: ExitStatus;
  stream: StreamRequest;
  upstream: Upstream;
  size: TerminalSize;
  failure: FailureKind;
  capabilities: Capabilities;
  diagnosis: Diagnosis;
};
type NotPlain = { [K in keyof Values]: IsPlain<Values[K]> extends true ? never : K }[keyof Values];
expectTypeOf<NotPlain>().toBeNever();
// The measure itself: what must not pass does not.
expectTypeOf<IsPlain<CallContext>>().toEqualTypeOf<false>();
expectTypeOf<IsPlain<{ at: Date }>>().toEqualTypeOf<false>();
expectTypeOf<IsPlain<{ of: readonly (() => void)[] }>>().toEqualTypeOf<false>();

// A fidelity table decides about every field of the pod spec.
type Rows<Path extends string> = { readonly [P in Path]: Fidelity };
type SpecRows = Rows<`spec.${keyof PodSpec}`>;
type ContainerRows = Rows<`spec.containers[].${keyof Container}`>;
expectTypeOf<{ spec: 'full' }>().toExtend<CompleteFidelity>();
expectTypeOf<{ spec: 'full'; 'spec.hostNetwork': { refused: string } }>().toExtend<CompleteFidelity>();
expectTypeOf<SpecRows>().toExtend<CompleteFidelity>();
expectTypeOf<Omit<SpecRows, 'spec.containers'> & ContainerRows>().toExtend<CompleteFidelity>();
// @ts-expect-error: nothing is said about host networking
expectTypeOf<Omit<SpecRows, 'spec.hostNetwork'>>().toExtend<CompleteFidelity>();
type ImageForgotten = Omit<SpecRows, 'spec.containers'> & Omit<ContainerRows, 'spec.containers[].image'>;
// @ts-expect-error: nothing is said about the images of containers
expectTypeOf<ImageForgotten>().toExtend<CompleteFidelity>();
// @ts-expect-error: one row says nothing about the others
expectTypeOf<{ 'spec.hostNetwork': 'full' }>().toExtend<CompleteFidelity>();
