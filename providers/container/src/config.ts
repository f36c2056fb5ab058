import { parseDurationMs } from '@virtual-kubelet/kubernetes';
import type { ImageGcPolicy } from '@virtual-kubelet/pod-runtime';
import { usualImageGc } from '@virtual-kubelet/pod-runtime';
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
  /** Percent of the disk from which on images that the node has pulled are removed, and down to which. @default 85, 80 */
  readonly imageGCHighThresholdPercent?: number | undefined;
  readonly imageGCLowThresholdPercent?: number | undefined;
  /** An image stays this long after it was pulled, as `2m`. @default 2m */
  readonly imageMinimumGCAge?: string | undefined;
  /** An image not used for this long goes; `0s`: never for that reason. @default 0s */
  readonly imageMaximumGCAge?: string | undefined;
  /** Folder of the seccomp profiles that pods name. @default /var/lib/kubelet/seccomp */
  readonly seccompFolder?: string | undefined;
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

const percent = z.number().int().min(0).max(100);
const duration = z.string().refine(isDuration, 'expected a duration such as 2m');
const absolute = z.string().regex(/^\//, 'expected an absolute path');

function isDuration(text: string): boolean {
  try {
    return parseDurationMs(text) >= 0;
  } catch {
    return false;
  }
}

/** When images are removed, as configured. */
export function imageGcOf(config: ContainerConfig): ImageGcPolicy {
  const { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = config;
  const { imageMinimumGCAge: minimum, imageMaximumGCAge: maximum } = config;
  return {
    highPercent: high ?? usualImageGc.highPercent,
    lowPercent: low ?? usualImageGc.lowPercent,
    minimumAge: minimum === undefined ? usualImageGc.minimumAge : parseDurationMs(minimum),
    maximumAge: maximum === undefined ? usualImageGc.maximumAge : parseDurationMs(maximum),
  };
}

/** Schema of the configuration file. */
export const containerConfig: z.ZodType<ContainerConfig> = z
  .strictObject({
    socket: absolute.optional(),
    stateFolder: absolute.optional(),
    network: z.string().min(1).optional(),
    maxPods: z.number().int().min(1).max(10_000).optional(),
    seccompFolder: absolute.optional(),
    allow: z
      .strictObject({
        hostPaths: z.array(absolute).optional(),
        privileged: z.boolean().optional(),
        hostNamespaces: z.boolean().optional(),
      })
      .optional(),
    imageGCHighThresholdPercent: percent.optional(),
    imageGCLowThresholdPercent: percent.optional(),
    imageMinimumGCAge: duration.optional(),
    imageMaximumGCAge: duration.optional(),
    insecureRegistries: z.array(z.string().min(1)).optional(),
    pauseImage: z.string().min(1).optional(),
  })
  .refine(
    (config) => imageGcOf(config).lowPercent < imageGcOf(config).highPercent,
    'imageGCLowThresholdPercent has to be lower than imageGCHighThresholdPercent',
  );
