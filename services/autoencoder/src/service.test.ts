import { autoencoder, type QuartetError, type Version } from '@quartet/contracts';
import { shapeOf, tensorFromFloat32, tensorFromInt32, tensorFromUint8, tensorToFloat32, tensorToTypedArray, type QuartetClient } from '@quartet/client';
import { mnist, shrunk } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform } from './testing/platform';

// Every method, called by a real client through a real gateway, on models of real digits.

const PIXELS = 28 * 28;
const { CorruptionKind, Likelihood } = autoencoder;
type Client = QuartetClient['autoencoder'];

describe('the autoencoder service', () => {
  let platform: Platform;
  let client: Client;
  let versions: Record<'digits' | 'denoiser', Version>;
  let digits: Uint8Array;

  const model = { name: 'digits' };
  const batchOf = (pixels: Uint8Array) => ({ $case: 'batch' as const, value: tensorFromUint8(pixels, [pixels.length / PIXELS, 28, 28]) });
  const some = (count: number) => batchOf(digits.subarray(0, count * PIXELS));
  const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);

  beforeAll(async () => {
    platform = await Platform.start();
    client = platform.client.autoencoder;
    digits = (await mnist('t10k', 16)).images;
    await platform.uploadDigits('mnist', 1500, 200);
    const digitsVersion = await platform.train({
      model: 'digits',
      dataset: 'mnist',
      spec: { latentSize: 8, architecture: { $case: 'dense', value: { units: [128] } }, likelihood: Likelihood.LIKELIHOOD_BERNOULLI, variational: { warmUpSteps: 100 } },
      options: { epochs: 15, batchSize: 32, seed: 3, learningRate: 0.002 },
    });
    const denoiser = await platform.train({
      model: 'denoiser',
      dataset: 'mnist',
      spec: { latentSize: 64, architecture: { $case: 'dense', value: { units: [256] } }, corruption: { kind: CorruptionKind.CORRUPTION_KIND_GAUSSIAN, level: 0.4 } },
      options: { epochs: 15, batchSize: 32, seed: 3, learningRate: 0.002 },
    });
    versions = { digits: digitsVersion.version, denoiser: denoiser.version };
    for (const name of ['digits', 'denoiser']) await platform.client.models.promoteVersion({ model: name, version: 1 });
  });
  afterAll(() => platform?.stop());

  it('publishes a version with its metrics, among them those of the watch', () => {
    const { metrics, files, inputs } = versions.digits;
    expect(metrics['test/mse']).toBeLessThan(metrics['watch/meanMse']! * 0.7);
    expect(metrics['watch/activeUnits']).toBeGreaterThan(3);
    expect(metrics['watch/noiseExplained']).toBeLessThan(0.3);
    expect(metrics['test/neighborAccuracy']).toBeGreaterThan(0.6);
    expect(metrics['test/loss']).toBeCloseTo(metrics['test/reconstruction']! + metrics['test/kl']!, 2);
    expect(versions.denoiser.metrics['test/denoisedPsnr']).toBeGreaterThan(12);
    expect(inputs[0]?.shape).toEqual([-1n, 28n, 28n, 1n]);
    expect(files.map(({ path }) => path)).toContain('index.safetensors');
  });

  it('encodes, decodes and reconstructs alike', async () => {
    const encoded = await client.encode({ model, input: some(3) });
    expect(shapeOf(encoded.latents!)).toEqual([3, 8]);
    expect(shapeOf(encoded.logVariances!)).toEqual([3, 8]);
    const decoded = tensorToFloat32((await client.decode({ model, latents: encoded.latents })).examples!);
    const { examples, errors, modelVersion } = await client.reconstruct({ model, input: some(3) });
    expect(modelVersion).toBe(1n);
    const reconstruction = tensorToFloat32(examples!);
    decoded.forEach((value, at) => expect(value).toBeCloseTo(reconstruction[at]!, 4));
    errors.forEach((error, row) => {
      const own = reconstruction.subarray(row * PIXELS, (row + 1) * PIXELS);
      const mse = own.reduce((sum, value, at) => sum + (value - digits[row * PIXELS + at]! / 255) ** 2, 0) / PIXELS;
      expect(error).toBeCloseTo(mse, 5);
    });
  });

  it('gives callers at once what it gives each alone', async () => {
    const reconstruct = async (count: number) => tensorToFloat32((await client.reconstruct({ model, input: some(count) })).examples!);
    const alone = await reconstruct(5);
    for (const own of await Promise.all([1, 2, 3, 4, 5, 1, 2].map(reconstruct))) own.forEach((value, at) => expect(value).toBeCloseTo(alone[at]!, 4));
  });

  it('takes noise away', async () => {
    const clean = Float32Array.from(digits, (value) => value / 255);
    // Normal noise of deviation 0.4 from a fixed seed (Box and Muller, 1958).
    let state = 1;
    const unit = () => (state = (state * 48271) % 2147483647) / 2147483647;
    const noisy = clean.map((value) => Math.min(1, Math.max(0, value + 0.4 * Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit()))));
    const { examples } = await client.reconstruct({ model: { name: 'denoiser' }, input: { $case: 'batch', value: tensorFromFloat32(noisy, [16, 28, 28]) } });
    const mse = (of: Float32Array) => of.reduce((sum, value, at) => sum + (value - clean[at]!) ** 2, 0) / clean.length;
    expect(mse(tensorToFloat32(examples!))).toBeLessThan(mse(noisy) / 2);
  });

  it('samples the same bytes from a seed, however many are asked for', async () => {
    const sampleOf = async (count: number, seed: bigint) => (await client.sample({ model, count, seed })).examples!;
    const [many, alone, other] = [await sampleOf(9, 5n), await sampleOf(1, 5n), await sampleOf(1, 6n)];
    expect(shapeOf(many)).toEqual([9, 28, 28, 1]);
    expect(Buffer.compare(many.data.subarray(0, alone.data.length), alone.data)).toBe(0);
    expect(Buffer.compare(other.data, alone.data)).not.toBe(0);
    const together = await Promise.all(Array.from({ length: 8 }, () => sampleOf(3, 5n)));
    for (const images of together) expect(Buffer.compare(images.data, many.data.subarray(0, images.data.length))).toBe(0);
    expect(await refusal(client.sample({ model: { name: 'denoiser' } }))).toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('is not variational') });
  });

  it('interpolates from one image to another', async () => {
    const image = (at: number) => ({ content: { $case: 'pixels' as const, value: tensorFromUint8(digits.subarray(at * PIXELS, (at + 1) * PIXELS), [28, 28]) } });
    const { examples } = await client.interpolate({ model, from: image(0), to: image(1), steps: 5 });
    expect(shapeOf(examples!)).toEqual([5, 28, 28, 1]);
    const strip = tensorToFloat32(examples!);
    const ends = tensorToFloat32((await client.reconstruct({ model, input: some(2) })).examples!);
    for (let at = 0; at < PIXELS; at += 1) {
      expect(strip[at]).toBeCloseTo(ends[at]!, 4);
      expect(strip[4 * PIXELS + at]).toBeCloseTo(ends[PIXELS + at]!, 4);
    }
    expect((await refusal(client.interpolate({ model, from: image(0) }))).violations[0]?.field).toBe('to');
  });

  it('tells what is unusual from what is not, and where', async () => {
    const strange = digits.slice(0, 8 * PIXELS).map((value) => 255 - value);
    const usual = await client.detectAnomalies({ model, input: some(16), targetFalsePositiveRate: 0.05, includeMaps: true });
    const unusual = await client.detectAnomalies({ model, input: batchOf(strange), targetFalsePositiveRate: 0.05 });
    expect(usual.results.filter(({ anomalous }) => anomalous).length).toBeLessThan(5);
    expect(unusual.results.every(({ anomalous }) => anomalous)).toBe(true);
    expect(unusual.threshold).toBe(usual.threshold);
    const map = tensorToFloat32(usual.maps!).subarray(0, PIXELS);
    expect(map.reduce((a, b) => a + b, 0) / PIXELS).toBeCloseTo((await client.reconstruct({ model, input: some(1) })).errors[0]!, 4);
    const looser = await client.detectAnomalies({ model, input: some(1), targetFalsePositiveRate: 0.5 });
    expect(looser.threshold).toBeLessThan(usual.threshold);
  });

  it('finds neighbours of the same class', async () => {
    const { labels } = await mnist('t10k', 16);
    const { results } = await client.neighbors({ model, input: some(16), count: 5 });
    const own = results.map(({ neighbors }, row) => neighbors.filter(({ className }) => className === String(labels[row])).length);
    expect(own.reduce((a, b) => a + b, 0)).toBeGreaterThan(45);
    for (const { neighbors } of results) {
      const distances = neighbors.map(({ distance }) => distance);
      expect(distances).toEqual([...distances].sort((a, b) => a - b));
    }
    // An image of the training part is its own nearest neighbour.
    const { examples } = await platform.client.datasets.readExamples({ name: 'mnist', part: 1, offset: 17n, count: 1n });
    const self = await client.neighbors({ model, input: { $case: 'batch', value: examples! }, count: 1 });
    expect(self.results[0]!.neighbors[0]).toMatchObject({ index: 17n, distance: expect.closeTo(0, 2) });
  });

  describe('compression', () => {
    it('gives back exactly what it promised, in few bytes', async () => {
      const lengths: number[] = [];
      for (const quality of [1, 3, 5]) {
        const { stream, examples, errors } = await client.compress({ model, input: some(16), quality, includeExamples: true });
        const back = await client.decompress({ model, stream });
        expect(Buffer.compare(back.examples!.data, examples!.data)).toBe(0);
        const pixels = tensorToTypedArray(back.examples!) as Uint8Array;
        const mse = pixels.subarray(0, PIXELS).reduce((sum, value, at) => sum + ((value - digits[at]!) / 255) ** 2, 0) / PIXELS;
        expect(errors[0]).toBeCloseTo(mse, 5);
        lengths.push(stream.length);
        // A part alone decodes to the same bytes as it does together with others.
        const alone = await client.compress({ model, input: some(1), quality });
        expect(Buffer.compare((await client.decompress({ model, stream: alone.stream })).examples!.data, examples!.data.subarray(0, PIXELS))).toBe(0);
      }
      expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
      expect(lengths[1]).toBeLessThan(16 * 8);
    });

    it('detects every truncated and altered stream', async () => {
      const { stream } = await client.compress({ model, input: some(4) });
      for (let length = 0; length < stream.length; length += 1) {
        expect((await refusal(client.decompress({ model, stream: stream.subarray(0, length) }))).reason).toBe('CORRUPT_DATA');
      }
      for (let at = 0; at < stream.length; at += 1) {
        const altered = Buffer.from(stream);
        altered[at]! ^= 1 << (at % 8);
        expect((await refusal(client.decompress({ model, stream: altered }))).reason).toBe('CORRUPT_DATA');
      }
      const longer = await refusal(client.decompress({ model, stream: Buffer.concat([stream, Buffer.of(0)]) }));
      expect(longer).toMatchObject({ reason: 'CORRUPT_DATA', violations: [{ field: 'stream', description: expect.stringContaining('send what Compress answered, whole') }] });
    });

    it('refuses a stream of another version, naming the right one', async () => {
      const spec = { latentSize: 8, architecture: { $case: 'convolutional' as const, value: { filters: [4, 8] } } };
      await platform.train({ model: 'digits', dataset: 'mnist', spec, options: { epochs: 1, seed: 9 } });
      const { stream } = await client.compress({ model, input: some(1) });
      const second = { name: 'digits', target: { $case: 'version' as const, value: 2 } };
      expect(await refusal(client.decompress({ model: second, stream }))).toMatchObject({
        reason: 'WRONG_STATE',
        message: `stream: asked of version 2 of 'digits', but it was made by version 1 of 'digits'; ask for that version`,
      });
      expect((await refusal(client.decompress({ model: { name: 'denoiser' }, stream }))).message).toContain('version 1 of another model');
    });
  });

  describe('training', () => {
    const train = (request: Parameters<Client['train']>[0]) => refusal(client.train({ model: 'm', dataset: 'mnist', ...request }));

    it('names every bad field by its path', async () => {
      const error = await train({
        spec: {
          architecture: { $case: 'convolutional', value: { filters: [2000], kernelSize: 20 } },
          latentSize: 5000,
          variational: { beta: -1 },
          sparsity: 1,
          corruption: { kind: CorruptionKind.CORRUPTION_KIND_MASKING, level: 2 },
          dropout: 1,
        },
        options: { epochs: 20_000 },
      });
      expect(error.reason).toBe('INVALID_FIELD');
      expect(error.violations.map(({ field }) => field)).toEqual([
        'spec.convolutional.filters[0]',
        'spec.convolutional.kernel_size',
        'spec.latent_size',
        'spec.variational.beta',
        'spec.sparsity',
        'spec.corruption.level',
        'spec.dropout',
        'options.epochs',
      ]);
      expect((await train({ model: '', dataset: '' })).violations.map(({ field }) => field)).toEqual(['model', 'dataset']);
      expect((await train({ dataset: 'nothing' })).reason).toBe('DATASET_NOT_FOUND');
    });

    it('warns of a latent larger than the image, and of a network that copies', async () => {
      await platform.uploadDigits('small', 1500, 200, shrunk);
      const spec = { latentSize: 128, architecture: { $case: 'dense' as const, value: { units: [256] } } };
      const { events, version } = await platform.train({ model: 'copier', dataset: 'small', spec, options: { epochs: 40, batchSize: 32, seed: 1 } });
      const diagnostics = events.flatMap(({ event }) => (event?.$case === 'diagnostic' ? [event.value] : []));
      expect(diagnostics.map(({ verdict }) => verdict)).toEqual(expect.arrayContaining(['latent_too_large', 'copies_its_input']));
      const copies = diagnostics.find(({ verdict }) => verdict === 'copies_its_input')!;
      expect(copies.evidence).toMatch(/gives back \d+\.\d % of the variance of noise/);
      expect(copies.remedy).toContain('a smaller latent (it is 128 for 49 numbers)');
      expect(version.metrics['watch/noiseExplained']).toBeGreaterThan(0.5);
    });
  });

  it.each<[string, () => Promise<unknown>, string, string]>([
    ['a batch of another shape', () => client.encode({ model, input: { $case: 'batch', value: tensorFromUint8(new Uint8Array(4), [1, 2, 2]) } }), 'SHAPE_MISMATCH', 'batch.shape'],
    ['no image', () => client.reconstruct({ model }), 'INVALID_FIELD', 'input'],
    ['too many images', () => client.reconstruct({ model, input: batchOf(new Uint8Array(17 * PIXELS)) }), 'BATCH_TOO_LARGE', 'batch.shape'],
    ['no latents', () => client.decode({ model }), 'INVALID_FIELD', 'latents'],
    ['latents of another size', () => client.decode({ model, latents: tensorFromFloat32(new Float32Array(9), [1, 9]) }), 'SHAPE_MISMATCH', 'latents.shape'],
    ['latents of another dtype', () => client.decode({ model, latents: tensorFromInt32(new Int32Array(8), [1, 8]) }), 'DTYPE_MISMATCH', 'latents.dtype'],
    ['latents that are not numbers', () => client.decode({ model, latents: tensorFromFloat32(new Float32Array(8).fill(NaN), [1, 8]) }), 'NOT_FINITE', 'latents.data'],
    ['too many samples', () => client.sample({ model, count: 17 }), 'INVALID_FIELD', 'count'],
    ['one step', () => client.interpolate({ model, steps: 1 }), 'INVALID_FIELD', 'steps'],
    ['too many neighbours', () => client.neighbors({ model, input: some(1), count: 101 }), 'INVALID_FIELD', 'count'],
    ['a rate that is none', () => client.detectAnomalies({ model, input: some(1), targetFalsePositiveRate: 1 }), 'INVALID_FIELD', 'target_false_positive_rate'],
    ['a quality that is none', () => client.compress({ model, input: some(1), quality: 6 }), 'INVALID_FIELD', 'quality'],
  ])('refuses %s, naming the field', async (_, call, reason, field) => {
    const error = await refusal(call());
    expect(error.reason).toBe(reason);
    expect(error.violations.map((violation) => violation.field)).toEqual([field]);
  });

  it('reconstructs by the Open Inference Protocol what it does by the typed call, bit for bit', async () => {
    const { inputs, outputs } = await platform.client.inference.modelMetadata({ name: 'digits' });
    expect(inputs).toEqual([{ name: 'examples', datatype: 'FP32', shape: [-1n, 28n, 28n, 1n] }]);
    expect(outputs.map(({ name, shape }) => [name, shape])).toEqual([['reconstruction', [-1n, 28n, 28n, 1n]], ['errors', [-1n]]]);
    const { examples, errors } = await client.reconstruct({ model, input: some(3) });
    const request = { modelName: 'digits', inputs: [{ name: 'examples', datatype: 'UINT8', shape: [3, 28, 28, 1] }], rawInputContents: [Buffer.from(digits.subarray(0, 3 * PIXELS))] };
    const open = await platform.client.inference.modelInfer(request);
    expect(open.rawOutputContents[0]!.equals(examples!.data)).toBe(true);
    expect([0, 4, 8].map((at) => open.rawOutputContents[1]!.readFloatLE(at))).toEqual(errors);
    const bad = await refusal(platform.client.inference.modelInfer({ ...request, inputs: [{ name: 'examples', datatype: 'FP32', shape: [1, 28, 28, 1] }], rawInputContents: [Buffer.from(new Float32Array(PIXELS).fill(2).buffer)] }));
    expect(bad.violations.map(({ field }) => field)).toEqual(['inputs[0].data']);
  });
});
