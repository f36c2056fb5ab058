/** Pods on a container engine: Podman or Docker. */
export {};
