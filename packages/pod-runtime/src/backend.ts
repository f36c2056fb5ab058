import type { Sensitive } from '@virtual-kubelet/base';
import type { ExecStreams, ExitStatus, PodConnection } from '@virtual-kubelet/provider';
import type { LogTime } from '@virtual-kubelet/provider-kit';

/** Labels of a sandbox or container: the only memory there is beside what the engine knows itself. */
export type Labels = Readonly<Record<string, string>>;

/** The namespaces (network, IPC, host name) the containers of one pod share. */
export interface SandboxSeen {
  readonly id: string;
  readonly labels: Labels;
  /** It exists and its network is up. Once false it never becomes true again. */
  readonly ready: boolean;
  /** Wall time, milliseconds. */
  readonly createdAt: number;
  /** Addresses in the pod network, the primary first. Empty on the host's network. */
  readonly ips: readonly string[];
}

/** One run of a container. A run is never started twice: another run is another container. */
export interface ContainerSeen {
  readonly id: string;
  readonly sandboxId: string;
  readonly labels: Labels;
  readonly state: 'created' | 'running' | 'exited';
  /** Wall times, milliseconds. */
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  /** Image as the engine calls it, and the digest or id it is known by. */
  readonly image: string;
  readonly imageId: string;
}

/** Everything of a selection at one moment. */
export interface BackendView {
  readonly sandboxes: readonly SandboxSeen[];
  readonly containers: readonly ContainerSeen[];
}

/** An image on the machine. */
export interface BackendImage {
  readonly id: string;
  /** Bytes on the machine, where the engine tells. */
  readonly size?: number;
  /** User the image asks for, as `uid`, `uid:gid` or names. */
  readonly user?: string;
}

/** A port of the pod that is opened on the machine. */
export interface PortMapping {
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIP?: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

/** A sandbox to make. Making it includes starting it. */
export interface SandboxSpec {
  /** Unique; making a second one of the same name fails. */
  readonly name: string;
  readonly labels: Labels;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly sharePid: boolean;
  readonly ports: readonly PortMapping[];
  readonly sysctls: Readonly<Record<string, string>>;
}

/** A folder or file of the machine inside a container. */
export interface BackendMount {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly propagation?: 'private' | 'rslave' | 'rshared';
}

/** What a container may do. Absent fields: the image's or the engine's default. */
export interface BackendSecurity {
  /** `uid`, `uid:gid`, or a name of the image. */
  readonly user?: string;
  readonly groups: readonly number[];
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly noNewPrivileges: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  /** `unconfined`, or the absolute path of a profile; absent: the engine's default profile. */
  readonly seccomp?: string;
  readonly apparmor?: string;
  readonly selinux?: {
    readonly user?: string;
    readonly role?: string;
    readonly type?: string;
    readonly level?: string;
  };
  readonly unmaskedProc: boolean;
}

/** Limits of a container. Absent: none. */
export interface BackendLimits {
  /** Relative weight, from the CPU request. */
  readonly cpuShares?: number;
  /** Microseconds of CPU time in each period of 100,000. */
  readonly cpuQuota?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly oomScoreAdjust?: number;
}

/** A container to make. */
export interface ContainerSpec {
  readonly name: string;
  readonly sandboxId: string;
  readonly image: string;
  readonly labels: Labels;
  /** Replaces the image's entry point. */
  readonly command?: readonly string[];
  /** Replaces the image's arguments. */
  readonly args?: readonly string[];
  /** Values can be secret: the backend must not log them. */
  readonly env: ReadonlyMap<string, Sensitive | string>;
  readonly workingDir?: string;
  readonly mounts: readonly BackendMount[];
  readonly security: BackendSecurity;
  readonly limits: BackendLimits;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly stopSignal?: string;
  /** Shares the process namespace of this container. */
  readonly targetId?: string;
  /** Namespaces of the machine instead of the sandbox's own. */
  readonly hostPid: boolean;
  readonly hostIpc: boolean;
  readonly hostNetwork: boolean;
}

/** Credentials for one registry. */
export interface RegistryAuth {
  readonly username: string;
  readonly password: Sensitive;
}

/** How far a pull has come, as far as the engine tells. */
export interface PullProgress {
  /** Layers that were begun so far. */
  readonly layers: number;
  /** Bytes that came and bytes there are, of the layers whose size is known; absent where the engine counts none. */
  readonly bytes?: { readonly got: number; readonly all: number };
}

/** How to pull. */
export interface PullOptions {
  readonly auth?: RegistryAuth;
  /** Told as often as the engine says something new. */
  readonly progress?: (seen: PullProgress) => void;
}

/** One piece of a container's log, as it was written. */
export interface LogFrame {
  readonly stream: 'stdout' | 'stderr';
  /** When the engine read it; with it comes exactly one line or a part of one. */
  readonly time: LogTime;
  readonly bytes: Uint8Array;
}

/** Which part of a log to read. */
export interface LogQuery {
  readonly follow: boolean;
  /** Last lines of both streams together; absent: all. */
  readonly tail?: number;
  /** Wall time, milliseconds. May be taken as whole seconds by the engine: callers filter again. */
  readonly since?: number;
}

/** Use of one container. */
export interface BackendUsage {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** A disk, in bytes. */
export interface DiskSpace {
  readonly capacity: number;
  readonly available: number;
}

/** The machine the engine runs on. */
export interface BackendMachine {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes?: number;
  readonly operatingSystem: string;
  /** As Go names it: amd64, arm64. */
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  /** `podman://4.3.1` */
  readonly runtimeVersion: string;
  readonly rootless: boolean;
}

/** A hint that something with these labels changed. What changed is found by looking. */
export interface BackendEvent {
  readonly labels: Labels;
}

/** A command to run in a container. */
export interface BackendExec {
  readonly command: readonly string[];
  readonly streams: ExecStreams;
}

/**
 * A container engine, as far as pods need it. It decides nothing: it starts, stops and shows. Calls reject with what
 * the engine said; a container or sandbox that does not exist rejects with the failure kind NotFound where it matters
 * and counts as done for `stop`, `signal` and `remove`.
 */
export interface ContainerBackend {
  /** Scheme of container ids, such as `podman`. */
  readonly name: string;
  ping(signal: AbortSignal): Promise<void>;
  machine(signal: AbortSignal): Promise<BackendMachine>;
  /** Everything that carries all of these labels. Complete, or it rejects. */
  list(labels: Labels, signal: AbortSignal): Promise<BackendView>;
  /** Changes of what carries these labels, from now on. Ends or rejects when the engine goes. */
  events(labels: Labels, signal: AbortSignal): AsyncIterable<BackendEvent>;
  /** Undefined: the engine says that it has no such image. Everything else that keeps it from telling rejects. */
  findImage(image: string, signal: AbortSignal): Promise<BackendImage | undefined>;
  /** Fetches the image even if there is one, and gives what is there now. */
  pullImage(image: string, options: PullOptions, signal: AbortSignal): Promise<BackendImage>;
  createSandbox(spec: SandboxSpec, signal: AbortSignal): Promise<string>;
  /** Ends everything in it at once. */
  stopSandbox(id: string, signal: AbortSignal): Promise<void>;
  /** Removes it with all of its containers. */
  removeSandbox(id: string, signal: AbortSignal): Promise<void>;
  createContainer(spec: ContainerSpec, signal: AbortSignal): Promise<string>;
  startContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Sends a signal by name, such as `SIGTERM`; undefined: the one the container was made to stop by. */
  signalContainer(id: string, name: string | undefined, signal: AbortSignal): Promise<void>;
  removeContainer(id: string, signal: AbortSignal): Promise<void>;
  /** Changes the limits of a running container. */
  updateContainer(id: string, limits: BackendLimits, signal: AbortSignal): Promise<void>;
  logs(id: string, query: LogQuery, signal: AbortSignal): AsyncIterable<LogFrame>;
  exec(id: string, call: BackendExec, signal: AbortSignal): Promise<ExitStatus>;
  /** Connects to the first process. Resolves when it ended or closed its output. */
  attach(id: string, streams: ExecStreams, signal: AbortSignal): Promise<void>;
  /** Use by container id; ended ones are left out. */
  stats(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, BackendUsage>>;
  /** Bytes that running containers wrote to their own file systems, by container id; ended ones are left out. */
  writtenBytes(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /**
   * Removes an image by all of its names.
   * @returns false when a container, of anyone, was made from it, or other images stand on it: it stays
   */
  removeImage(id: string, signal: AbortSignal): Promise<boolean>;
  /** The disk that images are on; undefined where the engine does not tell. */
  imageDisk(signal: AbortSignal): Promise<DiskSpace | undefined>;
  /** Opens a connection to a port of the sandbox. */
  dial(sandbox: SandboxSeen, port: number, signal: AbortSignal): Promise<PodConnection>;
}
