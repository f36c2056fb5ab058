// The bench: `node bench/dist/main.js [--quick] [--own] [--part N] [-o json] [--kubeconfig FILE] [--out FOLDER] [SCENARIO ...]`.
// `--part 5` makes do with a fifth of the pods, `--quick` with a few, to see that everything works; `--own` leaves KWOK out. Progress goes to standard error, the table (or with `-o json` the report) to standard output.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '@virtual-kubelet/base';
import type { Bench } from './bench.js';
import { placesIn } from './bench.js';
import type { Cluster } from './cluster.js';
import { attachCluster, startCluster } from './cluster.js';
import type { Heartbeats } from './heartbeats.js';
import { watchHeartbeats } from './heartbeats.js';
import { kwokBinary, places } from './places.js';
import type { Report } from './report/report.js';
import { loadNow, machineName, thisMachine } from './report/report.js';
import { markdownReport, textTable } from './report/table.js';
import type { Row, Scenario } from './scenario.js';
import { scenarios } from './scenarios/index.js';
import { kwok } from './subjects/kwok.js';
import type { Agent } from './subjects/subject.js';
import { simulation, virtualKubelet } from './subjects/virtual-kubelet.js';

const { values: given, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    own: { type: 'boolean', default: false },
    part: { type: 'string', default: '1' },
    output: { type: 'string', short: 'o', default: 'table' },
    kubeconfig: { type: 'string' },
    out: { type: 'string' },
  },
});
/** The whole number of pods is divided by this. */
const part = given.quick ? 100 : Math.max(1, Number(given.part) || 1);

const began = performance.now();

function report(line: string): void {
  const seconds = Math.round((performance.now() - began) / 1_000);
  process.stderr.write(
    `bench ${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')} ${line}\n`,
  );
}

function chosen(): readonly Scenario[] {
  const words = positionals.flatMap((text) => text.split(/[\s,]+/)).filter((word) => word !== '');
  const unknown = words.find((word) => !scenarios.some(({ name }) => name === word));
  if (unknown !== undefined) {
    process.stderr.write(`no scenario ${unknown}; there are ${scenarios.map(({ name }) => name).join(', ')}\n`);
    process.exit(2);
  }
  return words.length === 0 ? scenarios : scenarios.filter(({ name }) => words.includes(name) || name === 'heartbeat');
}

/** What tells a run that is not the whole: the page about speed shows whole runs only. */
function partOfIt(result: Report): string {
  const some = chosen() === scenarios ? [] : chosen().filter(({ name }) => name !== 'heartbeat');
  return [...some.map(({ name }) => name), ...(result.isQuick ? ['quick'] : [])].map((word) => `-${word}`).join('');
}

/** The agent, with its Lease under observation while it runs. */
function observed(agent: Agent, heartbeats: Heartbeats): Agent {
  return {
    ...agent,
    async start(node) {
      const running = await agent.start(node);
      heartbeats.used(node, true);
      return {
        ...running,
        stop() {
          heartbeats.used(node, false);
          return running.stop();
        },
      };
    },
  };
}

function agentsOn(cluster: Cluster): readonly Agent[] {
  const peer = given.own ? undefined : kwokBinary();
  if (peer === undefined && !given.own) report('KWOK is not built and left out: e2e/toolchain/build.sh kwok');
  return [virtualKubelet(cluster), ...(peer === undefined ? [] : [kwok(cluster, peer)]), simulation(cluster)];
}

async function runAll(bench: Bench): Promise<Pick<Report, 'rows' | 'failures'>> {
  const rows: Row[] = [];
  const failures: { scenario: string; reason: string }[] = [];
  for (const { name, run } of chosen()) {
    report(name);
    try {
      rows.push(...(await run({ ...bench, report: (line) => report(`${name}: ${line}`) })));
    } catch (error) {
      failures.push({ scenario: name, reason: messageOf(error) });
      report(`${name} broke off: ${messageOf(error)}`);
    }
  }
  return { rows, failures };
}

function keep(result: Report): void {
  const folder = given.out ?? places.results;
  const file = join(folder, `${result.date}-${machineName(result.machine)}${partOfIt(result)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(`${file}.md`, markdownReport(result));
  report(`written to ${file}.json and .md`);
}

async function main(): Promise<number> {
  chosen();
  const loadBefore = loadNow();
  report('starting the control plane');
  const cluster = given.kubeconfig === undefined ? await startCluster() : await attachCluster(given.kubeconfig);
  const heartbeats = await watchHeartbeats(cluster.transport);
  try {
    const agents = agentsOn(cluster);
    const bench: Bench = {
      cluster,
      heartbeats,
      agents: agents.map((agent) => observed(agent, heartbeats)),
      isQuick: given.quick,
      scaled: (count) => Math.ceil(count / part),
      report,
      place: placesIn(cluster, report),
    };
    const { rows, failures } = await runAll(bench);
    const result: Report = {
      date: new Date().toISOString().slice(0, 10),
      machine: thisMachine(),
      versions: {
        ...Object.fromEntries(agents.map(({ name, version }) => [name, version])),
        Kubernetes: cluster.version,
        'Node.js': process.version,
      },
      isQuick: part > 1,
      took: Math.round((performance.now() - began) / 6_000) / 10,
      loadBefore,
      rows,
      failures,
    };
    // A part of the scenarios must not take the place of a whole run.
    if (given.out !== undefined || (positionals.join('') === '' && part === 1)) keep(result);
    process.stdout.write(given.output === 'json' ? `${JSON.stringify(result)}\n` : `${textTable(rows)}\n`);
    return failures.length > 0 ? 1 : 0;
  } finally {
    heartbeats.close();
    await cluster.close();
  }
}

process.exit(await main());
