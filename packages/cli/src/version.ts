/** Version of this program; the bundle step checks that it equals the package's. */
export const version = '0.1.0';

/** Kubernetes release whose API the types and rules follow. */
export const kubernetesVersion = 'v1.37.2';

/** What `kubectl get nodes` shows; tools parse the beginning. */
export const kubeletVersion: string = `${kubernetesVersion}-vk-${version}`;
