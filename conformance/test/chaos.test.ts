import { chaos, planFaults, summaryOf, type ChaosReport } from '../src/chaos';

/** Long enough for a machine that is busy with other suites; nothing here depends on how long things take. */
const MINUTES = 60_000;

// `node bench/reliability/chaos.mjs` does it for ten minutes, with any seed.
describe('a platform whose parts fail under load', () => {
  let report: ChaosReport;
  beforeAll(async () => {
    report = await chaos({ seconds: 60, seed: 3 });
    if (report.findings.length === 0) return;
    // How a busy machine runs the processes no seed decides. What is found once is told; what is found twice holds up whoever runs the tests.
    process.stderr.write(`chaos: found once, tried again\n${summaryOf(report)}\n${report.events.map((event) => JSON.stringify(event)).join('\n')}\n`);
    report = await chaos({ seconds: 60, seed: 3 });
  }, 25 * MINUTES);

  test('answers every request that may be repeated, rightly; ends every job once; never says INTERNAL or UNKNOWN; leaks nothing; ends by no other hand', () => {
    if (report.findings.length > 0) throw new Error(`${summaryOf(report)}\n${report.events.map((event) => JSON.stringify(event)).join('\n')}`);
  });

  test('was loaded, and disturbed in every way', () => {
    const { requests, jobs, events, plan } = report;
    for (const kind of ['classify', 'open inference', 'generate', 'session', 'list versions', 'upload', 'train']) {
      expect([kind, requests[kind]!.answered]).toEqual([kind, requests[kind]!.requests]);
      expect(requests[kind]!.answered).toBeGreaterThan(0);
    }
    expect(jobs.length).toBeGreaterThan(0);
    expect(new Set(plan.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(11);
    const done = events.map(({ what }) => what);
    for (const kind of ['kill', 'drain', 'freeze', 'promote', 'cut clients', 'stop database', 'crash database', 'blobs away']) expect(done).toContain(kind);
  });
});

test('a seed gives the same faults, another one others', () => {
  const options = { seconds: 60, processes: ['registry', 'cnn-1'], trainers: ['cnn-1'], model: 'm', stores: true, disk: true };
  expect(planFaults({ seed: 1, ...options })).toEqual(planFaults({ seed: 1, ...options }));
  expect(planFaults({ seed: 1, ...options })).not.toEqual(planFaults({ seed: 2, ...options }));
  const times = planFaults({ seed: 1, ...options }).map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});
