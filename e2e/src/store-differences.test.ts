// The same requests to the playground and to a real API server: what clients can see must be the same.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { limiter, systemClock, systemIds, systemRandom } from '@virtual-kubelet/base';
import { createPlayground } from '@virtual-kubelet/playground';
import { afterAll, describe, expect, test } from 'vitest';
import { acceptedDifferences } from './differences/accepted.js';
import { scenarios } from './differences/index.js';
import { normaliseTranscript } from './differences/normalise.js';
import type { Scenario } from './differences/scenario.js';
import { playgroundSide, realSide } from './differences/sides.js';
import type { Entry } from './differences/transcript.js';
import { transcript } from './differences/transcript.js';
import { sharedControlPlane } from './harness/index.js';

const plane = sharedControlPlane();
const playground = createPlayground({
  clock: systemClock,
  random: systemRandom,
  ids: systemIds,
  settings: { taintsNewNodes: true },
});
const sides = { real: realSide(plane), playground: playgroundSide(playground) };

/** Most steps wait for the real server; more scenarios than these and a busy machine answers too late. */
const atOnce = limiter(8);

afterAll(() => playground.close());

async function entriesOf(name: keyof typeof sides, scenario: Scenario, namespace: string): Promise<readonly Entry[]> {
  await sides[name].createNamespace(namespace);
  return normaliseTranscript(await transcript(sides[name], scenario, namespace), namespace);
}

function reasonFor(scenario: Scenario, title: string): string | undefined {
  return acceptedDifferences.find((each) => each.scenario === scenario.name && each.step === title)?.reason;
}

describe.each(scenarios)('$name', (scenario) => {
  const namespace = `differences-${randomUUID().slice(0, 8)}`;
  const both = atOnce.run(() =>
    Promise.all([entriesOf('real', scenario, namespace), entriesOf('playground', scenario, namespace)]),
  );
  both.catch(() => undefined);

  test.each(scenario.steps)('$title', async ({ title }) => {
    const [real, ours] = (await both).map((entries) => entries.find((entry) => entry.title === title));
    const isAccepted = reasonFor(scenario, title) !== undefined;
    const isGone = isAccepted && isDeepStrictEqual(ours, real) ? ['a difference that was accepted is gone'] : [];
    expect(isAccepted ? isGone : ours).toEqual(isAccepted ? [] : real);
  });
});
