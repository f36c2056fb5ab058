import type { Row, Scenario } from '../scenario.js';
import { atMost } from '../scenario.js';
import { subjectNames } from '../subjects/subject-names.js';
import { rounded } from '../statistics.js';

/** Whether a node kept its word through everything before: this scenario comes last and only reads what was seen. */
export const heartbeat: Scenario = {
  name: 'heartbeat',
  async run({ heartbeats }) {
    const gaps = [...heartbeats.gaps()];
    const largest = (subject: string): number =>
      Math.max(...gaps.filter(([node]) => node.endsWith(`-${subject}`)).map(([, gap]) => gap));
    const cells = subjectNames.map((subject) => [subject, rounded(largest(subject))] as const);
    const values: Row['values'] = Object.fromEntries(cells.filter(([, value]) => Number.isFinite(value)));
    const ours = Math.max(values['virtual-kubelet'] ?? 0, values.simulation ?? 0);
    if (ours === 0) return [];
    return [
      {
        id: 'heartbeat.gap',
        what: 'Largest gap between renewals of a Lease in all of this',
        unit: 's',
        values,
        ...atMost(ours, 12, 'at most 12 s'),
      },
    ];
  },
};
