import { z } from 'zod';

/** Configuration of the container provider; every part is optional. */
export interface ContainerConfig {
  /** Path of the engine's Unix socket. @default the first of the usual places that has one */
  readonly socket?: string | undefined;
  /** Folder for volumes and records of pods, of each cluster and node below it. @default /var/lib/virtual-kubelet, for root */
  readonly stateFolder?: string | undefined;
  /** Network of the engine for pods. @default the engine's default */
  readonly network?: string | undefined;
  /** Pods of a node. @default 110 */
  readonly maxPods?: number | undefined;
  /** What pods may ask of the machine. @default nothing */
  readonly allow?: AllowConfig | undefined;
  /** Registries without a verified certificate; those on loopback always are. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Image that holds the network of a pod on Docker. @default registry.k8s.io/pause:3.10 */
  readonly pauseImage?: string | undefined;
}

/** Rights of pods on the machine. */
export interface AllowConfig {
  /** Folders that `hostPath` volumes may show, with all below them. */
  readonly hostPaths?: readonly string[] | undefined;
  readonly privileged?: boolean | undefined;
  /** `hostNetwork`, `hostPID`, `hostIPC`. */
  readonly hostNamespaces?: boolean | undefined;
}

const absolute = z.string().regex(/^\//, 'expected an absolute path');

/** Schema of the configuration file. */
export const containerConfig: z.ZodType<ContainerConfig> = z.strictObject({
  socket: absolute.optional(),
  stateFolder: absolute.optional(),
  network: z.string().min(1).optional(),
  maxPods: z.number().int().min(1).max(10_000).optional(),
  allow: z
    .strictObject({
      hostPaths: z.array(absolute).optional(),
      privileged: z.boolean().optional(),
      hostNamespaces: z.boolean().optional(),
    })
    .optional(),
  insecureRegistries: z.array(z.string().min(1)).optional(),
  pauseImage: z.string().min(1).optional(),
});
