/** Security contexts of pod and container, put together. Pure. */
import type { Container, Pod } from '@virtual-kubelet/kubernetes';
import type { BackendSecurity } from '../backend.js';
import type { MachineRights } from '../storage/volume-plan.js';
import { failures } from '@virtual-kubelet/provider';

/** The container cannot be made as it asks to be: shown as `CreateContainerConfigError`. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

function userOf(pod: Pod, container: Container, imageUser: string): string | undefined {
  const base = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  const user = own.runAsUser ?? base.runAsUser;
  const group = own.runAsGroup ?? base.runAsGroup;
  if (user === undefined && group === undefined) return undefined;
  const name = user === undefined ? imageUser.split(':')[0] || '0' : String(user);
  return group === undefined ? name : `${name}:${group}`;
}

/** Refuses a root process where the pod promises that there is none. */
function checkNonRoot(pod: Pod, container: Container, imageUser: string): void {
  const base = pod.spec?.securityContext ?? {};
  const own = container.securityContext ?? {};
  if (!(own.runAsNonRoot ?? base.runAsNonRoot)) return;
  const user = own.runAsUser ?? base.runAsUser;
  const [named = ''] = imageUser.split(':');
  if (user === 0) throw new ContainerConfigError("container's runAsUser breaks non-root policy");
  if (user !== undefined) return;
  if (named === 'root' || Number(named) === 0)
    throw new ContainerConfigError('container has runAsNonRoot and image will run as root');
  if (!/^\d+$/.test(named))
    throw new ContainerConfigError(
      `container has runAsNonRoot and image has non-numeric user (${named}), cannot verify user is non-root`,
    );
}

function seccompOf(pod: Pod, container: Container, folder: string): string | undefined {
  const profile = container.securityContext?.seccompProfile ?? pod.spec?.securityContext?.seccompProfile;
  // A kubelet without its default-profile option runs containers unconfined; the engine's own profile is the safer choice.
  if (profile?.type === 'Unconfined') return 'unconfined';
  if (profile?.type !== 'Localhost') return undefined;
  // The API server refuses absolute paths and dots that lead upwards.
  return `${folder}/${profile.localhostProfile ?? ''}`;
}

function apparmorOf(pod: Pod, container: Container): string | undefined {
  const profile = container.securityContext?.appArmorProfile ?? pod.spec?.securityContext?.appArmorProfile;
  if (profile?.type === 'Unconfined') return 'unconfined';
  return profile?.type === 'Localhost' ? profile.localhostProfile : undefined;
}

/** What a security context is read with. */
export interface SecurityFacts {
  /** User the image asks for; empty: root. */
  readonly imageUser: string;
  /** Folder of seccomp profiles. */
  readonly seccompFolder: string;
}

/**
 * What the container may do.
 * @throws ContainerConfigError when the promises contradict each other
 */
export function containerSecurity(pod: Pod, container: Container, facts: SecurityFacts): BackendSecurity {
  const { imageUser, seccompFolder } = facts;
  checkNonRoot(pod, container, imageUser);
  const own = container.securityContext ?? {};
  const base = pod.spec?.securityContext ?? {};
  const user = userOf(pod, container, imageUser);
  const seccomp = seccompOf(pod, container, seccompFolder);
  const apparmor = apparmorOf(pod, container);
  const selinux = own.seLinuxOptions ?? base.seLinuxOptions;
  const privileged = own.privileged === true;
  return {
    ...(user === undefined ? {} : { user }),
    groups: [...(base.supplementalGroups ?? []), ...(base.fsGroup === undefined ? [] : [base.fsGroup])],
    privileged,
    readOnlyRoot: own.readOnlyRootFilesystem === true,
    noNewPrivileges: own.allowPrivilegeEscalation === false && !privileged,
    addCapabilities: own.capabilities?.add ?? [],
    dropCapabilities: own.capabilities?.drop ?? [],
    ...(seccomp === undefined ? {} : { seccomp }),
    ...(apparmor === undefined ? {} : { apparmor }),
    ...(selinux === undefined ? {} : { selinux }),
    unmaskedProc: own.procMount === 'Unmasked',
  };
}

/** Refuses a pod that asks for more of the machine than its operator allows. @throws a failure of kind Unsupported */
export function checkRights(pod: Pod, rights: MachineRights): void {
  const { hostNetwork, hostPID, hostIPC, initContainers = [], containers = [] } = pod.spec ?? {};
  const refuse = (field: string, what: string): never => {
    throw failures.unsupported(field, `${field}: the operator of this node does not allow ${what}`);
  };
  if (!rights.hostNamespaces) {
    if (hostNetwork) refuse('spec.hostNetwork', "the machine's network");
    if (hostPID) refuse('spec.hostPID', "the machine's processes");
    if (hostIPC) refuse('spec.hostIPC', "the machine's IPC");
  }
  if (rights.privileged) return;
  for (const [list, all] of [
    ['initContainers', initContainers],
    ['containers', containers],
  ] as const)
    all.forEach((container, i) => {
      if (container.securityContext?.privileged)
        refuse(`spec.${list}[${i}].securityContext.privileged`, 'privileged containers');
    });
}
