import { tensorFromUint8 } from '@quartet/client';
import { autoencoder } from '@quartet/contracts';
import { mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform } from './testing/platform';

// A canary that answers every call and knows the data less well than production does, through a real gateway.

const PIXELS = 28 * 28;
const model = { name: 'digits' };

describe('drift of a canary', () => {
  let platform: Platform;
  let inputs: { $case: 'batch'; value: ReturnType<typeof tensorFromUint8> }[];
  const models = () => platform.client.models;

  beforeAll(async () => {
    platform = await Platform.start();
    await platform.uploadDigits('mnist', 600, 50);
    const spec = { latentSize: 16, architecture: { $case: 'dense' as const, value: { units: [64] } }, likelihood: autoencoder.Likelihood.LIKELIHOOD_BERNOULLI };
    const options = { batchSize: 32, seed: 1, learningRate: 0.003 };
    await platform.train({ model: 'digits', dataset: 'mnist', spec, options: { ...options, epochs: 10 } });
    await platform.train({ model: 'digits', dataset: 'mnist', spec, options: { ...options, epochs: 1, learningRate: 1e-5 } });
    await platform.train({ model: 'digits', dataset: 'mnist', spec, options: { ...options, epochs: 10, seed: 2 } });
    await models().promoteVersion({ model: 'digits', version: 1 });
    const digits = (await mnist('t10k', 48)).images;
    inputs = Array.from({ length: 16 }, (_, at) => ({ $case: 'batch' as const, value: tensorFromUint8(digits.subarray(3 * at * PIXELS, 3 * (at + 1) * PIXELS), [3, 28, 28]) }));
  });
  afterAll(() => platform?.stop());

  /** Sends calls until the canary is rolled back, `most` at most. @returns why, empty if it stands */
  async function rolledBack(version: number, ask: (input: (typeof inputs)[number]) => Promise<{ modelVersion: bigint }>, most: number): Promise<string> {
    await models().setTraffic({ model: 'digits', canary: { version, weight: 50, rollback: { minRequests: 40 } } });
    for (const end = Date.now() + 60_000; (await ask(inputs[0]!)).modelVersion !== BigInt(version); ) if (Date.now() > end) throw new Error('the canary never answered');
    for (let i = 0; i < most; i++) {
      await ask(inputs[i % inputs.length]!);
      const { lastRollback } = await models().getTraffic({ model: 'digits' });
      if (lastRollback !== '') return lastRollback;
    }
    return '';
  }

  it('shows in what it gives back', async () => {
    const reason = await rolledBack(2, (input) => platform.client.autoencoder.reconstruct({ model, input }), 800);
    expect(reason).toMatch(/^version 2: its mean reconstruction error is 0\.\d+, production's 0\.\d+, over \d+ and \d+ calls$/);
  });

  it('does not show in another training of the same, by any signal', async () => {
    const both = async (input: (typeof inputs)[number]) => {
      await platform.client.autoencoder.detectAnomalies({ model, input });
      return platform.client.autoencoder.reconstruct({ model, input });
    };
    expect(await rolledBack(3, both, 150)).toBe('');
  });
});
