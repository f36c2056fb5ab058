/** Channel numbers of exec and attach (kubernetes/kubernetes:staging/src/k8s.io/apimachinery/pkg/util/remotecommand). */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** In the fifth version: the message `[255, n]` says that channel n ends. */
export const closeSignal = 255;
