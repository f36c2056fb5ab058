/** What is measured, in the order of the table's columns. */
export const subjectNames = ['virtual-kubelet', 'simulation', 'kwok', 'limit', 'playground', 'kubernetes'] as const;

/**
 * One of what is measured. `simulation`: ours, without the terminal status; `limit`: the writer that only patches;
 * `playground` and `kubernetes`: control planes.
 */
export type SubjectName = (typeof subjectNames)[number];

/** Those that are agents. */
export type AgentName = 'virtual-kubelet' | 'simulation' | 'kwok';
