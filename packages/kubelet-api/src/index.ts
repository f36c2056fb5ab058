/** The HTTPS server a kubelet is: logs, exec, attach, port-forward, stats, metrics. */
export {};
