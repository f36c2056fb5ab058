/**
 * Measurements against peers, by one command: `make bench`. A real control plane, one virtual node, and beside it KWOK on
 * the same API server and a writer that does nothing but the one PATCH a pod needs: the limit of what any agent can do.
 *
 * It measures and reports; it judges only by the targets written beside each row. `main.ts` is the command, `scenarios/`
 * holds one question a file, `subjects/` what is measured, `load/` the hands that make and delete pods in a process of
 * their own, `report/` the table. How to read the numbers is in `docs/performance.md`.
 */
export type { Bench } from './bench.js';
export type { Report } from './report/report.js';
export type { Row, Scenario } from './scenario.js';
export type { SubjectName } from './subjects/subject-names.js';
