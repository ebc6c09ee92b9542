import { fuzz, FuzzPlatform, type FuzzReport } from '../src/fuzz';

/** Long enough for a machine that is busy with other suites. */
const MINUTES = 60_000;

// `node bench/fuzz/main.mjs` sends a hundred thousand.
describe('malformed messages', () => {
  let platform: FuzzPlatform;
  beforeAll(async () => {
    platform = await FuzzPlatform.start();
  }, 8 * MINUTES);
  afterAll(() => platform?.stop());

  const expectSound = ({ findings }: FuzzReport) => {
    expect(findings).toEqual([]);
    expect(platform.ended).toEqual([]);
    expect(platform.faults).toEqual([]);
  };

  test('to every method: each is answered, or refused with one ErrorInfo and a message, and no process ends or fails within', async () => {
    const report = await fuzz({ addressOf: (service) => platform.addressOf(service), wordsFor: (service) => platform.wordsFor(service), messages: 2000, seed: 20 });
    expectSound(report);
    // They get past the first check: some succeed, many fail further in.
    expect(report.codes['0']).toBeGreaterThan(20);
    expect(report.calls).toBeGreaterThanOrEqual(2000);
  }, 8 * MINUTES);

  test('through the gateway', async () => {
    expectSound(await fuzz({ addressOf: (service) => (service.startsWith('externalscaler.') ? platform.addressOf(service) : platform.gateway), wordsFor: (service) => platform.wordsFor(service), messages: 200, seed: 21, except: 'WorkerService' }));
  }, 4 * MINUTES);
});
