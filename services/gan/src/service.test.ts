import { readFileSync } from 'node:fs';
import { DatasetFormat, gan, JobState, Optimizer, Part, type QuartetError, type Tensor, type Version } from '@quartet/contracts';
import { shapeOf, tensorFromFloat32, tensorFromUint8, tensorToFloat32, tensorToTypedArray, uploadDataset, watchJob, type Input, type QuartetClient } from '@quartet/client';
import { mnist, shrunk } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform } from './testing/platform';

// Every method, called by a real client through a real gateway, on models of real digits and of a table.

const PIXELS = 49;
const { Mode, Loss } = gan;
type Client = QuartetClient['gan'];

describe('the GAN service', () => {
  let platform: Platform;
  let client: Client;
  let versions: Record<'digits' | 'points' | 'semi', Version>;
  let digits: Uint8Array;

  const model = { name: 'digits' };
  const some = (count: number) => ({ $case: 'batch' as const, value: tensorFromUint8(digits.subarray(0, count * PIXELS), [count, 7, 7]) });
  const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);
  async function collect(request: Input<gan.GenerateRequest>): Promise<gan.GenerateResponse[]> {
    const all: gan.GenerateResponse[] = [];
    for await (const response of client.generate(request)) all.push(response);
    return all;
  }
  const bytesOf = (responses: gan.GenerateResponse[]): Buffer => Buffer.concat(responses.map(({ examples }) => examples!.data));

  beforeAll(async () => {
    platform = await Platform.start();
    client = platform.client.gan;
    digits = shrunk(await mnist('t10k', 200)).images;
    await platform.uploadDigits('mnist', 1500, 200);
    await platform.uploadPoints('points', 1000);
    const dense = { $case: 'dense' as const, value: { units: [64, 64] } };
    const digitsVersion = await platform.train({ model: 'digits', dataset: 'mnist', spec: { architecture: dense, latentSize: 16 }, options: { epochs: 8, batchSize: 32, seed: 3, learningRate: 0.002 } });
    const points = await platform.train({ model: 'points', dataset: 'points', spec: { architecture: { $case: 'dense', value: { units: [32, 32] } }, latentSize: 4 }, options: { epochs: 8, batchSize: 32, seed: 3 } });
    const semi = await platform.train({
      model: 'semi',
      dataset: 'mnist',
      spec: { architecture: dense, mode: Mode.MODE_SEMI_SUPERVISED, labelledExamples: 50, latentSize: 16 },
      options: { epochs: 3, batchSize: 32, seed: 3 },
    });
    versions = { digits: digitsVersion.version, points: points.version, semi: semi.version };
    for (const name of Object.keys(versions)) await platform.client.models.promoteVersion({ model: name, version: 1 });
  }, 600_000);
  afterAll(() => platform?.stop());

  it('publishes a version with its quality, its compute and pictures of its rounds', () => {
    const { metrics, files, inputs, manifestJson } = versions.digits;
    expect(metrics['distance']).toBeLessThan(12);
    expect(metrics['distance/floor']).toBeLessThan(metrics['distance']!);
    expect(metrics['classes/asAsked']).toBeGreaterThan(0.3);
    expect(metrics['compute/discriminatorUpdates']).toBe(metrics['compute/steps']);
    expect(inputs.map(({ name, shape }) => [name, shape])).toEqual([['z', [-1n, 16n]], ['y', [-1n]]]);
    expect(files.map(({ path }) => path)).toContain('samples/round-001.npy');
    expect((JSON.parse(manifestJson) as { extra: { rounds: unknown[] } }).extra.rounds.length).toBeGreaterThan(1);
  });

  describe('Generate', () => {
    it('gives the same bytes for a seed and version, whatever the count and the chunks', async () => {
      const whole = await collect({ model, count: 21, seed: 5 });
      expect(whole.map(({ first, examples }) => [first, shapeOf(examples!)])).toEqual([[0n, [16, 7, 7, 1]], [16n, [5, 7, 7, 1]]]);
      expect(whole.flatMap(({ classes }) => classes)).toEqual(Array.from({ length: 21 }, (_, at) => at % 10));
      const bytes = bytesOf(whole);
      for (const [count, chunk] of [[21, 1], [21, 7], [3, 3]] as const) {
        const other = bytesOf(await collect({ model, count, chunk, seed: 5 }));
        expect(Buffer.compare(bytes.subarray(0, other.length), other)).toBe(0);
      }
      const together = await Promise.all(Array.from({ length: 6 }, () => collect({ model, count: 5, seed: 5 })));
      for (const each of together) expect(Buffer.compare(bytes.subarray(0, 5 * PIXELS * 4), bytesOf(each))).toBe(0);
      expect(Buffer.compare(bytes, bytesOf(await collect({ model, count: 21, seed: 6 })))).not.toBe(0);
    });

    it('obeys class and truncation', async () => {
      const [sevens] = await collect({ model, count: 16, seed: 1, className: '7' });
      expect(sevens!.classes).toEqual(new Array(16).fill(7));
      const spread = async (truncation?: number): Promise<number> => {
        const values = tensorToFloat32((await collect({ model, count: 16, seed: 1, className: '7', truncation }))[0]!.examples!);
        let sum = 0;
        for (let pixel = 0; pixel < PIXELS; pixel += 1) {
          const own = Array.from({ length: 16 }, (_, row) => values[row * PIXELS + pixel]!);
          const mean = own.reduce((a, b) => a + b, 0) / 16;
          sum += own.reduce((a, b) => a + (b - mean) ** 2, 0);
        }
        return sum;
      };
      expect(await spread(0.2)).toBeLessThan((await spread()) / 2);
    });

    it("generates rows of a table, in its columns' scale", async () => {
      // So short a training makes strays: the middle of the rows is asked for. Half of the real ones are near (10, -3), half near (20, 3).
      const rows = tensorToFloat32((await collect({ model: { name: 'points' }, count: 200, seed: 2 }))[0]!.examples!);
      const quantile = (column: number, share: number): number => Array.from({ length: 200 }, (_, row) => rows[2 * row + column]!).sort((a, b) => a - b)[share * 200]!;
      expect([0.25, 0.5, 0.75].map((share) => quantile(0, share)).filter((value) => value < 7 || value > 23)).toEqual([]);
      expect([0.25, 0.5, 0.75].map((share) => quantile(1, share)).filter((value) => Math.abs(value) > 5)).toEqual([]);
    });

    it('gives each of many callers at once what it gives alone, from their own seeds', async () => {
      const requests = Array.from({ length: 8 }, (_, seed) => ({ model, count: 1 + (seed % 3), seed, className: `${seed}` }));
      const alone: Buffer[] = [];
      for (const request of requests) alone.push(bytesOf(await collect(request)));
      const together = await Promise.all(requests.map(async (request) => bytesOf(await collect(request))));
      together.forEach((bytes, i) => expect(Buffer.compare(bytes, alone[i]!)).toBe(0));
      const verdicts = async (count: number) => (await client.discriminate({ model, input: some(count), className: '3' })).results.map(({ score }) => score);
      const one = await verdicts(5);
      for (const many of await Promise.all(Array.from({ length: 6 }, (_, i) => verdicts(1 + (i % 5))))) many.forEach((score, i) => expect(score).toBeCloseTo(one[i]!, 4));
    });

    it('ends at its deadline, in the middle of the stream, and serves the next call', async () => {
      const seen: number[] = [];
      const read = async (): Promise<void> => {
        for await (const { first } of client.generate({ model, count: 100_000, chunk: 1 }, { deadlineMs: 300 })) seen.push(Number(first));
      };
      expect(await refusal(read())).toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.length).toBeLessThan(50_000);
      expect((await collect({ model, count: 1 })).length).toBe(1);
    });

    it('stops soon after its caller has left, in the middle of the stream, and keeps nothing of it', async () => {
      const statistics = async () => (await platform.client.inference.modelStatistics({ name: 'digits', version: '1' })).modelStats[0]!;
      const residentMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${platform.service.pid}/status`, 'utf8'))![1]) / 1024;
      const leave = async (): Promise<number> => {
        const controller = new AbortController();
        let left = 0;
        const read = async (): Promise<void> => {
          for await (const { first } of client.generate({ model, count: 100_000, chunk: 1 }, { signal: controller.signal })) {
            if (first < 5n || left > 0) continue;
            left = Date.now();
            controller.abort();
          }
        };
        expect(await refusal(read())).toMatchObject({ reason: 'CANCELLED' });
        return left;
      };
      for (let stream = 0; stream < 5; stream += 1) await leave();
      const before = residentMiB();
      for (let stream = 0; stream < 20; stream += 1) {
        const left = await leave();
        expect((await collect({ model, count: 1 })).length).toBe(1);
        // A few milliseconds on a quiet machine: see bench/gan/README.md.
        expect(Date.now() - left).toBeLessThan(5000);
      }
      const left = await leave();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { lastInference, executionCount } = await statistics();
      expect(Number(lastInference) - left).toBeLessThan(400);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect((await statistics()).executionCount).toBe(executionCount);
      expect(residentMiB() - before).toBeLessThan(64);
    });
  });

  it('interpolates between seeds and vectors', async () => {
    const { examples } = await client.interpolate({ model, from: { source: { $case: 'seed', value: 5 } }, to: { source: { $case: 'seed', value: 6 } }, steps: 4, className: '3' });
    expect(shapeOf(examples!)).toEqual([4, 7, 7, 1]);
    for (const [seed, at] of [[5, 0], [6, 3]] as const) {
      const [alone] = await collect({ model, count: 1, seed, className: '3' });
      const own = tensorToFloat32(examples!).subarray(at * PIXELS, (at + 1) * PIXELS);
      tensorToFloat32(alone!.examples!).forEach((value, pixel) => expect(own[pixel]).toBeCloseTo(value, 5));
    }
    const vector = tensorFromFloat32(new Float32Array(16).fill(0.5), [16]);
    const same = await client.interpolate({ model, from: { source: { $case: 'vector', value: vector } }, to: { source: { $case: 'vector', value: vector } }, steps: 2 });
    const strip = tensorToFloat32(same.examples!);
    expect(strip.subarray(0, PIXELS)).toEqual(strip.subarray(PIXELS));
  });

  it('judges examples, and shows what moves it', async () => {
    const batch = { $case: 'batch' as const, value: tensorFromUint8(digits.subarray(0, 16 * PIXELS), [16, 7, 7]) };
    const noise = { $case: 'batch' as const, value: tensorFromUint8(Uint8Array.from({ length: 16 * PIXELS }, (_, at) => (at * 7919) % 256), [16, 7, 7]) };
    const mean = (results: gan.Verdict[]) => results.reduce((sum, { score }) => sum + score, 0) / results.length;
    const real = await client.discriminate({ model: { name: 'semi' }, input: batch, includeMaps: true });
    expect(shapeOf(real.maps!)).toEqual([16, 7, 7, 1]);
    expect(tensorToFloat32(real.maps!).some((value) => value > 0)).toBe(true);
    const unreal = await client.discriminate({ model: { name: 'semi' }, input: noise });
    expect(mean(real.results)).not.toBe(mean(unreal.results));
    expect(real.results.every(({ className, probability }) => /^\d$/.test(className) && probability > 0.1 && probability <= 1)).toBe(true);
    for (const { className, probability, probabilities } of real.results) {
      expect(probabilities).toHaveLength(10);
      expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      expect([Math.max(...probabilities), probabilities.indexOf(Math.max(...probabilities))]).toEqual([probability, Number(className)]);
    }
    expect(versions.semi.metrics['validation/accuracy']).toBeGreaterThan(0.4);
    const conditional = await client.discriminate({ model, input: batch, className: '7' });
    expect(conditional.results[0]).toMatchObject({ className: '', probability: 0, probabilities: [], score: expect.any(Number) });
    const row = { $case: 'batch' as const, value: tensorFromFloat32(Float32Array.of(10, -3, 90, 90), [2, 2]) };
    expect((await client.discriminate({ model: { name: 'points' }, input: row })).results).toHaveLength(2);
  });

  it('finds the latent of what it generated itself', async () => {
    const [made] = await collect({ model, count: 1, seed: 77, className: '4' });
    const { latents, examples, errors } = await client.project({ model, input: { $case: 'batch', value: made!.examples! }, className: '4', steps: 300 });
    expect(shapeOf(latents!)).toEqual([1, 16]);
    expect(errors[0]).toBeLessThan(0.005);
    const again = await client.interpolate({
      model, className: '4', steps: 2,
      from: { source: { $case: 'vector', value: tensorFromFloat32(tensorToFloat32(latents!), [16]) } }, to: { source: { $case: 'seed', value: 1 } },
    });
    const strip = tensorToFloat32(again.examples!);
    tensorToFloat32(examples!).forEach((value, pixel) => expect(strip[pixel]).toBeCloseTo(value, 5));
  });

  it('evaluates against real examples, with the floor', async () => {
    const [first, second] = await Promise.all([client.evaluate({ model, count: 200, seed: 4 }), client.evaluate({ model, count: 200, seed: 4, part: Part.PART_VALIDATION })]);
    expect(first.count).toBe(200n);
    expect(first.metrics['distance']).toBeGreaterThan(first.floor['distance']!);
    expect(first.metrics).toMatchObject({ precision: expect.any(Number), coverage: expect.any(Number), kernelDistance: expect.any(Number), 'classes/leastShare': expect.any(Number), nearest: expect.any(Number) });
    expect(second.metrics['distance']).not.toBe(first.metrics['distance']);
    expect(await client.evaluate({ model, count: 200, seed: 4 })).toEqual(first);
    const table = await client.evaluate({ model: { name: 'points' }, part: Part.PART_VALIDATION });
    expect(table.metrics['distance']).toBeLessThan(1);
  });

  it('keeps of what it makes what is taken for what it was asked to be', async () => {
    const [count, seed] = [60, 8n];
    await client.generateDataset({ model, dataset: 'checked', count, seed, validationShare: 0 });
    await client.generateDataset({ model, dataset: 'unchecked', count, seed, validationShare: 0, checked: false });
    const [checked, unchecked] = await Promise.all(['checked', 'unchecked'].map((name) => platform.client.datasets.readExamples({ name, part: Part.PART_TRAIN, count })));
    for (const { labels } of [checked!, unchecked!]) expect([...tensorToTypedArray(labels!)].map(Number)).toEqual(Array.from({ length: count }, (_, at) => at % 10));
    const images = ({ examples }: { examples?: Tensor }) => Array.from({ length: count }, (_, at) => Buffer.from(examples!.data.subarray(at * PIXELS, (at + 1) * PIXELS)).toString('hex'));
    const [kept, all] = [images(checked!), images(unchecked!)];
    expect(kept).not.toEqual(all);
    // What Generate gives with that seed, in order; of each class those that were kept, later ones in place of the others.
    const generated: string[] = [];
    for await (const { examples } of client.generate({ model, count: 1600, seed, chunk: 16 })) {
      const values = tensorToFloat32(examples!);
      for (let at = 0; at < values.length; at += PIXELS) generated.push(Buffer.from(Uint8Array.from(values.subarray(at, at + PIXELS), (value) => Math.round(value * 255))).toString('hex'));
    }
    expect(all).toEqual(generated.slice(0, count));
    for (let of = 0; of < 10; of += 1) {
      const numbers = kept.filter((_, at) => at % 10 === of).map((image) => generated.findIndex((own, at) => at % 10 === of && own === image));
      expect(numbers[0]).toBeGreaterThanOrEqual(0);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
  });

  it('makes a labelled data set', async () => {
    const made = await client.generateDataset({ model, dataset: 'synthetic', count: 100, seed: 8 });
    expect(made.schema).toMatchObject({ kind: 'image', exampleShape: [7n, 7n, 1n], classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] });
    expect(made.parts.map(({ part, count }) => [part, count])).toEqual([[Part.PART_TRAIN, 90n], [Part.PART_VALIDATION, 10n]]);
    const { examples } = await platform.client.datasets.readExamples({ name: 'synthetic', part: Part.PART_TRAIN, count: 1 });
    expect(tensorToTypedArray(examples!)).toHaveLength(PIXELS);
    expect(await refusal(client.generateDataset({ model: { name: 'semi' }, dataset: 'other' }))).toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('generates no labelled images') });
    expect((await refusal(client.generateDataset({ model, dataset: 'synthetic', count: 10 }))).reason).toBe('ALREADY_EXISTS');
  });

  describe('training', () => {
    const train = (request: Parameters<Client['train']>[0]) => refusal(client.train({ model: 'm', dataset: 'mnist', ...request }));

    it('names every bad field by its path', async () => {
      const error = await train({
        spec: {
          architecture: { $case: 'dense', value: { units: [5000] } },
          latentSize: 5000,
          r1: -1,
          discriminatorUpdates: 2,
          generatorUpdates: 2,
          emaDecay: 1,
          featureNoise: -1,
          augmentation: { shift: 20, cutout: 2, rotation: 200, zoom: 2 },
          labelledExamples: 5,
          pseudoLabels: 1,
          balance: { minImprovement: 2 },
        },
        options: { epochs: 20_000, optimizer: Optimizer.OPTIMIZER_SGD, weightDecay: 0.1 },
      });
      expect(error.violations.map(({ field }) => field)).toEqual([
        'options.epochs',
        'options.optimizer',
        'options.weight_decay',
        'spec.dense.units[0]',
        'spec.latent_size',
        'spec.r1',
        'spec.generator_updates',
        'spec.ema_decay',
        'spec.feature_noise',
        'spec.augmentation.shift',
        'spec.augmentation.cutout',
        'spec.augmentation.rotation',
        'spec.augmentation.zoom',
        'spec.pseudo_labels',
        'spec.labelled_examples',
        'spec.balance.min_improvement',
      ]);
      expect((await train({ spec: { loss: Loss.LOSS_HINGE } })).violations[0]).toMatchObject({ field: 'spec.convolutional', description: expect.stringContaining('these are 7 x 7') });
      expect((await train({ dataset: 'points', spec: { architecture: { $case: 'convolutional', value: {} } } })).violations[0]?.description).toBe('is for images, and the data set is a table; use `dense`');
      expect((await train({ spec: { architecture: { $case: 'dense', value: {} }, mode: Mode.MODE_SEMI_SUPERVISED, labelledExamples: 5 } })).message).toContain('spec.labelled_examples is 5; it takes a whole number from 10 to 1200');
      expect((await train({ model: '', dataset: '' })).violations.map(({ field }) => field)).toEqual(['model', 'dataset']);
      expect((await train({ dataset: 'nothing' })).reason).toBe('DATASET_NOT_FOUND');
    });

    it('refuses one image, images that are all the same, a class without an image, and mixed sizes', async () => {
      const spec = { architecture: { $case: 'dense' as const, value: { units: [8] } } };
      const npy = (descr: string, shape: number[], data: Uint8Array) => {
        const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
        const bytes = Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(dict), data]);
        return { source: bytes, size: bytes.length };
      };
      const upload = (name: string, count: number, labels: (at: number) => number) =>
        uploadDataset(platform.client, name, { format: DatasetFormat.DATASET_FORMAT_NUMPY, validationShare: 0 }, [
          { path: 'x_train.npy', ...npy('|u1', [count, 7, 7], new Uint8Array(count * PIXELS).fill(9)) },
          { path: 'y_train.npy', ...npy('|u1', [count], Uint8Array.from({ length: count }, (_, at) => labels(at))) },
        ]);
      await upload('same', 40, (at) => at % 2);
      const job = await client.train({ model: 'same', dataset: 'same', spec, options: { batchSize: 8 } });
      for await (const _ of watchJob(platform.client, job.id));
      expect(await platform.client.training.getJob({ id: job.id })).toMatchObject({
        state: JobState.JOB_STATE_FAILED,
        error: expect.stringContaining('holds 40 training examples that are all the same, expected different ones'),
      });
      expect((await refusal(upload('one', 1, () => 0))).message).toContain('1 examples of one class, "0"; expected at least two classes');
      await upload('few', 2, (at) => at);
      expect(await train({ dataset: 'few', spec })).toMatchObject({ reason: 'UNUSABLE_DATASET', message: expect.stringContaining('has 2 training examples, expected at least 16: fewer can only be copied') });
      expect(await refusal(upload('gap', 40, (at) => (at % 2) * 2))).toMatchObject({ reason: 'UNUSABLE_DATASET', message: expect.stringContaining('no training example with label 1') });
      const { default: sharp } = await import('sharp');
      const png = (side: number) => sharp({ create: { width: side, height: side, channels: 3, background: 'red' } }).png().toBuffer();
      const files = await Promise.all(['a', 'b'].map(async (name, at) => ({ path: `${name}/1.png`, source: await png(8 + at), size: (await png(8 + at)).length })));
      const mixed = await refusal(uploadDataset(platform.client, 'mixed', { format: DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER }, files));
      expect(mixed.message).toMatch(/an image of (9x9|8x8) .*expected (8x8|9x9) like the first one.*Set image_height and image_width/);
    });
  });

  it.each<[string, () => Promise<unknown>, string, string]>([
    ['a count over the limit', () => collect({ model, count: 100_001 }), 'INVALID_FIELD', 'count'],
    ['a truncation within which next to nothing is drawn', () => collect({ model, truncation: 1e-9 }), 'INVALID_FIELD', 'truncation'],
    ['a truncation of 0', () => collect({ model, truncation: 0 }), 'INVALID_FIELD', 'truncation'],
    ['a truncation so small that no number is within', () => collect({ model, truncation: 1e-320 }), 'INVALID_FIELD', 'truncation'],
    ['a truncation that is not a number', () => collect({ model, truncation: NaN }), 'INVALID_FIELD', 'truncation'],
    ['a truncation out of range', () => collect({ model, truncation: 11 }), 'INVALID_FIELD', 'truncation'],
    ['a data set of more examples than the limit', () => client.generateDataset({ model, dataset: 'many', count: 100_001 }), 'INVALID_FIELD', 'count'],
    ['more to compare than the limit', () => client.evaluate({ model, count: 5001 }), 'INVALID_FIELD', 'count'],
    ['chunks over the limit', () => collect({ model, chunk: 17 }), 'INVALID_FIELD', 'chunk'],
    ['a class that is none', () => collect({ model, className: 'seven' }), 'INVALID_FIELD', 'class_name'],
    ['a class of a model without', () => collect({ model: { name: 'points' }, className: 'left' }), 'INVALID_FIELD', 'class_name'],
    ['one step', () => client.interpolate({ model, steps: 1 }), 'INVALID_FIELD', 'steps'],
    ['no end', () => client.interpolate({ model, from: { source: { $case: 'seed', value: 1 } } }), 'INVALID_FIELD', 'to'],
    ['a vector of another size', () => client.interpolate({ model, from: { source: { $case: 'vector', value: tensorFromFloat32(new Float32Array(9), [9]) } } }), 'SHAPE_MISMATCH', 'from.vector.shape'],
    ['no class to judge by', () => client.discriminate({ model, input: some(1) }), 'INVALID_FIELD', 'class_name'],
    ['no input', () => client.discriminate({ model: { name: 'semi' } }), 'INVALID_FIELD', 'input'],
    ['too many images', () => client.discriminate({ model: { name: 'semi' }, input: some(17) }), 'BATCH_TOO_LARGE', 'batch.shape'],
    ['images of another shape', () => client.discriminate({ model: { name: 'semi' }, input: { $case: 'batch', value: tensorFromUint8(new Uint8Array(4), [1, 2, 2]) } }), 'SHAPE_MISMATCH', 'batch.shape'],
    ['too many rows', () => client.discriminate({ model: { name: 'points' }, input: { $case: 'batch', value: tensorFromFloat32(new Float32Array(34), [17, 2]) } }), 'BATCH_TOO_LARGE', 'batch.shape'],
    ['too long a search', () => client.project({ model, input: some(1), className: '1', steps: 1001 }), 'INVALID_FIELD', 'steps'],
    ['too few to compare', () => client.evaluate({ model, count: 10 }), 'INVALID_FIELD', 'count'],
    ['data of another shape', () => client.evaluate({ model, dataset: 'points' }), 'SHAPE_MISMATCH', 'dataset'],
    ['a data set without a name', () => client.generateDataset({ model }), 'INVALID_FIELD', 'dataset'],
  ])('refuses %s, naming the field', async (_, call, reason, field) => {
    const error = await refusal(call());
    expect(error.reason).toBe(reason);
    expect(error.violations.map((violation) => violation.field)).toEqual([field]);
  });

  it('says what a count and a truncation may be', async () => {
    expect((await refusal(collect({ model, count: 100_001, truncation: 11 }))).message).toContain('count is 100001; it takes a whole number from 1 to 100000');
    expect((await refusal(collect({ model, truncation: 11 }))).message).toContain('truncation is 11; it takes a number from 0.01 to 10, such as 1; leave it out to cut nothing');
  });

  describe('the Open Inference Protocol', () => {
    const numbers = (...values: number[]) => Buffer.from(BigUint64Array.from(values, BigInt).buffer);
    const ask = (inputs: { name: string; datatype: string; shape: number[] }[], rawInputContents: Buffer[], modelName = 'digits') => platform.client.inference.modelInfer({ modelName, inputs, rawInputContents });

    it('gives the very examples that Generate gives, by seed and number, and by latent', async () => {
      const { inputs, outputs } = await platform.client.inference.modelMetadata({ name: 'digits' });
      expect(inputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([['seed', 'UINT64', [-1n]], ['index', 'UINT64', [-1n]], ['latent', 'FP32', [-1n, 16n]], ['class', 'INT32', [-1n]]]);
      expect(outputs.map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([['examples', 'FP32', [-1n, 7n, 7n, 1n]]]);
      const typed = bytesOf(await collect({ model, count: 4, seed: 5 }));
      const seeds = { name: 'seed', datatype: 'UINT64', shape: [4] };
      const index = { name: 'index', datatype: 'INT64', shape: [4] };
      const open = await ask([seeds, index], [numbers(5, 5, 5, 5), numbers(0, 1, 2, 3)]);
      expect(open.outputs).toMatchObject([{ name: 'examples', datatype: 'FP32', shape: [4n, 7n, 7n, 1n] }]);
      expect(Buffer.compare(open.rawOutputContents[0]!, typed)).toBe(0);
      const sevens = bytesOf(await collect({ model, count: 1, seed: 9, className: '7' }));
      const named = Buffer.from([1, 0, 0, 0, '7'.charCodeAt(0)]);
      const one = { name: 'seed', datatype: 'UINT64', shape: [1] };
      for (const [datatype, bytes] of [['BYTES', named], ['INT64', numbers(7)]] as const) {
        expect(Buffer.compare((await ask([one, { name: 'class', datatype, shape: [1] }], [numbers(9), bytes])).rawOutputContents[0]!, sevens)).toBe(0);
      }
      const projected = await client.project({ model: { name: 'points' }, input: { $case: 'batch', value: tensorFromFloat32(Float32Array.of(10, -3), [1, 2]) }, steps: 20 });
      const points = await ask([{ name: 'latent', datatype: 'FP32', shape: [1, 4] }], [projected.latents!.data], 'points');
      expect(Buffer.compare(points.rawOutputContents[0]!, projected.examples!.data)).toBe(0);
    });

    it.each<[string, () => Promise<unknown>, string, string]>([
      ['neither seed nor latent', () => ask([{ name: 'class', datatype: 'INT32', shape: [1] }], [Buffer.alloc(4)]), 'INVALID_FIELD', "inputs: lack 'seed' and 'latent'; send one of them"],
      ['a seed below 0', () => ask([{ name: 'seed', datatype: 'INT64', shape: [1] }], [Buffer.alloc(8, 0xff)]), 'INVALID_FIELD', 'inputs[0][0]: is -1, expected a whole number of 0 or more'],
      ['a class that there is not', () => ask([{ name: 'seed', datatype: 'UINT64', shape: [1] }, { name: 'class', datatype: 'INT64', shape: [1] }], [numbers(1), numbers(10)]), 'INVALID_FIELD', 'inputs[1][0]: is 10, expected 0 to 9'],
      ['batches that differ', () => ask([{ name: 'seed', datatype: 'UINT64', shape: [1] }, { name: 'index', datatype: 'UINT64', shape: [2] }], [numbers(1), numbers(1, 2)]), 'SHAPE_MISMATCH', "inputs[1].shape: has a batch of 2, but 'seed' one of 1; make them equal"],
      ['a latent that is not finite', () => ask([{ name: 'latent', datatype: 'FP32', shape: [1, 4] }], [Buffer.from(Float32Array.of(0, NaN, 0, 0).buffer)], 'points'), 'NOT_FINITE', 'inputs[0].data'],
    ])('refuses %s', async (_, call, reason, message) => {
      const error = await refusal(call());
      expect(error.reason).toBe(reason);
      expect(error.message).toContain(message);
    });
  });
});
