/** Names one pod for ever: the same namespace and name with another UID is another pod. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** `namespace/name`, for messages. Never a key: two pods can share it over time. */
export function podName(ref: PodRef): string {
  return `${ref.namespace}/${ref.name}`;
}
