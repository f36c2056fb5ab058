import { QuantityError, parseQuantity } from '@virtual-kubelet/kubernetes';
import { z } from 'zod';

const quantity: z.ZodType<string> = z.string().superRefine((text, context) => {
  try {
    parseQuantity(text);
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

/** One node of the mock's configuration file. */
export interface MockNodeConfig {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly pods?: string | undefined;
  /** Further resources by name. */
  readonly others?: Readonly<Record<string, string>> | undefined;
  readonly providerID?: string | undefined;
  /** Range from which every pod gets an address of its own; absent: 5.6.7.8 for all. */
  readonly podIPRange?: string | undefined;
  /** File that keeps workloads beyond the process, relative to the configuration file. The first node's counts for all. */
  readonly journal?: string | undefined;
  /** Whether changes are told at once; false makes the node poll. */
  readonly notify?: boolean | undefined;
  /** Ports of this machine's loopback that pods may name in `forward-to`: whoever can create pods can reach them. */
  readonly localPorts?: readonly number[] | undefined;
  /** Makes scripted ranges differ from run to run. */
  readonly seed?: string | undefined;
}

/** Node name to node; `*` stands for every node without an entry of its own. */
export type MockConfig = Readonly<Record<string, MockNodeConfig>>;

const node: z.ZodType<MockNodeConfig> = z.strictObject({
  cpu: quantity.optional(),
  memory: quantity.optional(),
  pods: quantity.optional(),
  others: z.record(z.string(), quantity).optional(),
  providerID: z.string().optional(),
  podIPRange: z
    .string()
    .regex(/^\d+\.\d+\.\d+\.\d+\/\d+$/, 'expected a range such as 10.240.0.0/16')
    .optional(),
  journal: z.string().min(1).optional(),
  notify: z.boolean().optional(),
  localPorts: z.array(z.int().min(1).max(65_535)).optional(),
  seed: z.string().optional(),
});

/** Schema of the configuration file: the one of the Go implementation, with a few more fields. */
export const mockConfig: z.ZodType<MockConfig> = z.record(z.string(), node);

/** What a node has when no file says otherwise: more than a demonstration will fill. */
export const largeNode: Readonly<Record<'cpu' | 'memory' | 'pods', string>> = {
  cpu: '1000',
  memory: '4Ti',
  pods: '10000',
};
/** What an entry that leaves a field out gets, as in the Go implementation. */
export const plainNode: Readonly<Record<'cpu' | 'memory' | 'pods', string>> = {
  cpu: '20',
  memory: '100Gi',
  pods: '20',
};
