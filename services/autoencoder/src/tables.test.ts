import { DatasetFormat, type QuartetError, type Version } from '@quartet/contracts';
import { shapeOf, tensorFromFloat32, tensorFromInt32, tensorToFloat32, uploadDataset, type QuartetClient } from '@quartet/client';
import { Platform } from './testing/platform';

// Tables, series and sequences, by a real client through a real gateway.

const { sin, cos, PI } = Math;
/** Numbers -1 to 1 from Lehmer's generator. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 1073741824 - 1;
}

/** Rows of a machine: what hangs on its load, a column that hangs on nothing, and one that never changes. */
function machine(seed: number, count: number): number[][] {
  const next = numbers(seed);
  return Array.from({ length: count }, () => {
    const [load, weather, dust] = [next(), next(), next()];
    return [1000 + 100 * load, 20 + 5 * weather, 50 + 30 * load ** 2 + 2 * weather, 3 * load * weather, dust, 7];
  });
}
const COLUMNS = ['power', 'temperature', 'heat', 'stress', 'dust', 'model'];
const HEADER = [...COLUMNS, 'state'].join(',');
const csv = (rows: number[][]): Buffer => Buffer.from([HEADER, ...rows.map((row) => [...row, row[0]! > 1000 ? 'busy' : 'idle'].join(','))].join('\n'));
const flat = (rows: readonly (readonly number[])[]) => tensorFromFloat32(Float32Array.from(rows.flat()), [rows.length, rows[0]!.length]);
const batch = (rows: readonly (readonly number[])[]) => ({ $case: 'batch' as const, value: flat(rows) });
const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);

describe('autoencoders of other data than images', () => {
  let platform: Platform;
  let client: QuartetClient['autoencoder'];
  const upload = (name: string, format: DatasetFormat, path: string, bytes: Buffer) =>
    uploadDataset(platform.client, name, { format, validationShare: 0.2 }, [{ path, source: bytes, size: bytes.length }]);

  beforeAll(async () => {
    platform = await Platform.start();
    client = platform.client.autoencoder;
  });
  afterAll(() => platform?.stop());

  describe('a table', () => {
    const model = { name: 'machine' };
    const unseen = machine(77, 12);
    let version: Version;
    let warnings: string[];

    beforeAll(async () => {
      await upload('machine', DatasetFormat.DATASET_FORMAT_CSV, 'machine.csv', csv(machine(1, 1500)));
      const trained = await platform.train({ model: 'machine', dataset: 'machine', spec: { latentSize: 2, architecture: { $case: 'dense', value: { units: [32, 16] } } }, options: { epochs: 25, batchSize: 32, learningRate: 0.005, seed: 2 } });
      version = trained.version;
      warnings = trained.events.flatMap(({ event }) => (event?.$case === 'diagnostic' ? [`${event.value.verdict}: ${event.value.evidence}`] : []));
      await platform.client.models.promoteVersion({ model: 'machine', version: 1 });
    });

    it('answers the Open Inference Protocol as it answers typed calls, in float32 and float64', async () => {
      const { examples } = await client.reconstruct({ model, input: batch(unseen) });
      const rows = { float32: Float32Array.from(unseen.flat()), float64: Float64Array.from(Float32Array.from(unseen.flat())) };
      for (const [datatype, values] of [['FP32', rows.float32], ['FP64', rows.float64]] as const) {
        const answer = await platform.client.inference.modelInfer({ modelName: 'machine', inputs: [{ name: 'examples', datatype, shape: [12, 6] }], rawInputContents: [Buffer.from(values.buffer)] });
        expect(answer.rawOutputContents[0]!.equals(examples!.data)).toBe(true);
      }
    });

    it('is trained on in deviations of its columns, and warned of a constant one', () => {
      expect(version.metrics['watch/mse']).toBeLessThan(version.metrics['watch/pcaMse']!);
      expect(version.metrics['validation/psnr']).toBeUndefined();
      expect(version.inputs[0]?.shape).toEqual([-1n, 6n]);
      expect(warnings).toEqual([expect.stringMatching(/^constant_columns: these columns have one value in all of the training part: model\./)]);
    });

    it('comes back in its own units', async () => {
      const { examples, errors } = await client.reconstruct({ model, input: batch(unseen) });
      const values = tensorToFloat32(examples!);
      expect(shapeOf(examples!)).toEqual([12, 6]);
      unseen.forEach((row, at) => expect(Math.abs(values[at * 6]! - row[0]!)).toBeLessThan(40));
      const { latents } = await client.encode({ model, input: batch(unseen) });
      const decoded = tensorToFloat32((await client.decode({ model, latents })).examples!);
      decoded.forEach((value, at) => expect(value).toBeCloseTo(values[at]!, 2));
      expect(errors.every((error) => error > 0 && error < 3)).toBe(true);
      const middle = await client.interpolate({ model, ends: flat([unseen[0]!, unseen[1]!]), steps: 3 });
      expect(shapeOf(middle.examples!)).toEqual([3, 6]);
    });

    it('says which column was lost, against PCA', async () => {
      const report = await client.report({ model });
      expect(report.lost.map(({ name }) => name)).toEqual(COLUMNS);
      const of = Object.fromEntries(report.lost.map((part) => [part.name, part]));
      expect(of['dust']!.error).toBeGreaterThan(2 * of['heat']!.error);
      expect(of['heat']!.error).toBeLessThan(of['heat']!.pcaError);
      expect(of['model']!.spread).toBe(0);
      expect(report.verdict).toBe('');
      expect(report.watch['mse']).toBeCloseTo(version.metrics['watch/mse']!, 6);
    });

    it('shows what is unusual, and in which column', async () => {
      // Heat that doesn't fit the load, in a range that is usual by itself.
      const strange = unseen.map((row) => row.with(2, row[2]! > 65 ? 50 : 80));
      const usual = await client.detectAnomalies({ model, input: batch(unseen), targetFalsePositiveRate: 0.05 });
      const unusual = await client.detectAnomalies({ model, input: batch(strange), targetFalsePositiveRate: 0.05, includeMaps: true });
      const mean = (of: typeof usual) => of.results.reduce((sum, { score }) => sum + score, 0) / 12;
      expect(mean(unusual)).toBeGreaterThan(2 * mean(usual));
      const map = tensorToFloat32(unusual.maps!);
      strange.forEach((row, at) => expect(row[2] === unseen[at]![2] || map[at * 6 + 2]! > map[at * 6 + 5]!).toBe(true));
      // The column that never changes, changed.
      const other = await client.detectAnomalies({ model, input: batch([unseen[0]!.with(5, 9)]) });
      expect(other.results[0]!.anomalous).toBe(true);
    });

    it('finds neighbours by every row and by the graph alike', async () => {
      const exact = await client.neighbors({ model, input: batch(unseen), count: 5 });
      const graph = await client.neighbors({ model, input: batch(unseen), count: 5, method: 2 });
      expect([exact.method, graph.method]).toEqual([1, 2]);
      const indices = (of: typeof exact) => of.results.flatMap(({ neighbors }) => neighbors.map(({ index }) => index));
      const same = indices(exact).filter((index, at) => index === indices(graph)[at]).length;
      expect(same).toBeGreaterThan(55);
      expect(graph.results[0]!.neighbors[0]!.distance).toBeCloseTo(exact.results[0]!.neighbors[0]!.distance, 3);
      expect(version.metrics['index/recall']).toBeGreaterThan(0.95);
      expect(version.files.map(({ path }) => path)).toContain('index.usearch');
    });

    it('lies in a plane, new rows among the old', async () => {
      const { points, labels, classNames, projected, explained } = await client.project({ model, input: batch(unseen) });
      expect(shapeOf(points!)).toEqual([1200, 2]);
      expect(shapeOf(projected!)).toEqual([12, 2]);
      expect(labels!.shape).toEqual([1200n]);
      expect(classNames).toEqual(['busy', 'idle']);
      // Two units span the plane: nothing is left out, and distances are those of the latents.
      expect(explained[0]! + explained[1]!).toBeCloseTo(1, 3);
      const latents = tensorToFloat32((await client.encode({ model, input: batch(unseen) })).latents!);
      const places = tensorToFloat32(projected!);
      const between = (of: Float32Array) => Math.hypot(of[0]! - of[2]!, of[1]! - of[3]!);
      expect(between(places)).toBeCloseTo(between(latents), 3);
      expect((await client.project({ model })).projected).toBeUndefined();
    });

    it('is compressed to what it promised', async () => {
      const { stream, examples, errors } = await client.compress({ model, input: batch(unseen), quality: 5, includeExamples: true });
      const back = await client.decompress({ model, stream });
      expect(Buffer.compare(back.examples!.data, examples!.data)).toBe(0);
      expect(stream.length).toBeLessThan(50);
      expect(errors).toHaveLength(12);
    });

    it.each<[string, () => Promise<unknown>, string, string, string]>([
      ['a missing value', () => client.encode({ model, input: batch([unseen[0]!.with(1, NaN)]) }), 'NOT_FINITE', 'batch.data', 'received NaN in example 0, column temperature, expected a finite float32; fill the missing value in, or leave the example out'],
      ['infinity', () => client.encode({ model, input: batch([unseen[0]!.with(3, Infinity)]) }), 'NOT_FINITE', 'batch.data', 'received Infinity in example 0, column stress, expected a finite float32; correct it'],
      ['too few columns', () => client.encode({ model, input: batch([[1, 2]]) }), 'SHAPE_MISMATCH', 'batch.shape', 'received [1, 2], expected [batch, 6]: rows of power, temperature, heat, stress, dust, model'],
      ['another dtype', () => client.encode({ model, input: { $case: 'batch', value: tensorFromInt32(new Int32Array(6), [1, 6]) } }), 'DTYPE_MISMATCH', 'batch.dtype', 'received DATA_TYPE_INT32, expected DATA_TYPE_FLOAT32 or DATA_TYPE_FLOAT64'],
      ['no row', () => client.encode({ model, input: { $case: 'batch', value: tensorFromFloat32(new Float32Array(), [0, 6]) } }), 'EMPTY_BATCH', 'batch.shape', 'received 0 examples, expected 1 to 16'],
      ['too many rows', () => client.encode({ model, input: batch(machine(3, 17)) }), 'BATCH_TOO_LARGE', 'batch.shape', 'received 17 examples, expected at most 16; split them into several calls'],
      ['images', () => client.encode({ model, input: { $case: 'images', value: { images: [] } } }), 'INVALID_FIELD', 'images', 'received images, but the model is of rows of power, temperature, heat, stress, dust, model; send `batch`'],
      ['nothing', () => client.encode({ model }), 'INVALID_FIELD', 'batch', 'is not set; send [batch, 6]: rows of power, temperature, heat, stress, dust, model'],
      ['one end', () => client.interpolate({ model, ends: flat([unseen[0]!]) }), 'EMPTY_BATCH', 'ends.shape', 'received 1 examples, expected 2'],
    ])('refuses %s, saying where', async (_, call, reason, field, description) => {
      expect(await refusal(call())).toMatchObject({ reason, violations: [{ field, description }] });
    });

    it('takes float64', async () => {
      const doubles = Float64Array.from(unseen[0]!);
      const sent = { $case: 'batch' as const, value: { dtype: 5, shape: [1n, 6n], data: Buffer.from(doubles.buffer) } };
      expect(tensorToFloat32((await client.encode({ model, input: sent })).latents!)).toEqual(tensorToFloat32((await client.encode({ model, input: batch([unseen[0]!]) })).latents!));
    });

    it('refuses at the import a missing value, naming its place', async () => {
      const error = await refusal(upload('holes', DatasetFormat.DATASET_FORMAT_CSV, 'holes.csv', Buffer.from(`${HEADER}\n1,2,,4,5,6,a\n`)));
      expect(error).toMatchObject({ reason: 'UNUSABLE_DATASET', message: expect.stringContaining('holes.csv, line 2, column "heat"') });
    });

    it('refuses what only images have, and other bad fields', async () => {
      const error = await refusal(
        client.train({
          model: 'm',
          dataset: 'machine',
          spec: { architecture: { $case: 'convolutional', value: {} }, likelihood: 2, corruption: { kind: 4, level: 1 }, variational: {}, contraction: 1, codebook: { dimension: 5 }, window: 4 },
          options: { augmentation: { shift: 0.1 } },
        }),
      );
      expect(error.violations.map(({ field }) => field)).toEqual(['spec.convolutional', 'spec.likelihood', 'spec.contraction', 'spec.codebook', 'spec.codebook.dimension', 'spec.corruption.kind', 'spec.window', 'options.augmentation']);
      expect(error.violations[0]!.description).toBe('is set, which is of images; the data is a table: use `dense`');
    });

    it('of as few rows as an import takes trains, with a codebook and contraction besides', async () => {
      const one = await refusal(upload('one', DatasetFormat.DATASET_FORMAT_CSV, 'one.csv', csv(machine(5, 1))));
      expect(one).toMatchObject({ reason: 'UNUSABLE_DATASET', message: expect.stringContaining('one.csv: 1 examples of one class') });
      await upload('single', DatasetFormat.DATASET_FORMAT_CSV, 'single.csv', csv([machine(5, 1)[0]!.with(0, 900), machine(5, 1)[0]!.with(0, 1100)]));
      const { version: single } = await platform.train({ model: 'single', dataset: 'single', spec: { latentSize: 8, contraction: 0.1, codebook: { size: 4, dimension: 2 } }, options: { epochs: 2, seed: 1 } });
      expect(Object.values(single.metrics).every((value) => Number.isFinite(value))).toBe(true);
      const ref = { name: 'single', target: { $case: 'version' as const, value: 1 } };
      const { stream, examples } = await client.compress({ model: ref, input: batch(unseen), includeExamples: true });
      expect(Buffer.compare((await client.decompress({ model: ref, stream })).examples!.data, examples!.data)).toBe(0);
      expect(await refusal(client.compress({ model: ref, input: batch(unseen), quality: 2 }))).toMatchObject({ violations: [{ field: 'quality', description: expect.stringContaining('has a codebook, which has one quality') }] });
      expect(await refusal(client.neighbors({ model: ref, input: batch(unseen), method: 2 }))).toMatchObject({ reason: 'WRONG_STATE', message: expect.stringContaining('has no graph, as it was trained on 2 examples only') });
    });
  });

  describe('series and sequences', () => {
    it('a series is cut into windows, which are given back and searched', async () => {
      const next = numbers(9);
      const rows = Array.from({ length: 260 }, (_, day) => [10 + 3 * sin((2 * PI * day) / 12) + 0.05 * next(), 5 + cos((2 * PI * day) / 12)]);
      const lines = rows.map(([a, b], day) => `${new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10)},${a},${b}`);
      await upload('tide', DatasetFormat.DATASET_FORMAT_SERIES, 'tide.csv', Buffer.from(['time,level,flow', ...lines].join('\n')));
      const { version } = await platform.train({ model: 'tide', dataset: 'tide', spec: { window: 12, latentSize: 2, architecture: { $case: 'recurrent', value: { units: 12 } } }, options: { epochs: 12, batchSize: 16, learningRate: 0.01, seed: 1 } });
      expect(version.metrics['watch/mse']).toBeLessThan(0.3 * version.metrics['watch/meanMse']!);
      const model = { name: 'tide', target: { $case: 'version' as const, value: 1 } };
      const window = { $case: 'batch' as const, value: tensorFromFloat32(Float32Array.from(rows.slice(30, 42).flat()), [1, 12, 2]) };
      const { examples } = await client.reconstruct({ model, input: window });
      expect(shapeOf(examples!)).toEqual([1, 12, 2]);
      const { results } = await client.neighbors({ model, input: window, count: 5 });
      // The same phase of the tide.
      for (const { index } of results[0]!.neighbors) expect([0, 1, 11]).toContain(Math.abs(Number(index) - 30) % 12);
      expect((await client.report({ model })).lost.map(({ name }) => name)).toEqual(['level', 'flow']);
      const short = await refusal(client.reconstruct({ model, input: { $case: 'batch', value: tensorFromFloat32(new Float32Array(22), [1, 11, 2]) } }));
      expect(short.violations[0]!.description).toBe('received [1, 11, 2], expected [batch, 12, 2]: 12 rows, in order of time, of level, flow');
      expect((await refusal(client.train({ model: 'm', dataset: 'tide', spec: { window: 1000 } }))).violations[0]).toMatchObject({ field: 'spec.window', description: expect.stringMatching(/the training part has \d+ rows; take at most those/) });
    });

    it('sequences of several lengths come back at their own lengths, also out of a stream', async () => {
      const next = numbers(4);
      const wave = (steps: number, kind: number) => {
        const phase = PI * next();
        return [0, 1].map((channel) => Array.from({ length: steps }, (_, step) => (sin((kind + 1) * 0.7 * step + phase + channel) * (1 + channel)).toFixed(4)).join(','));
      };
      const file = (count: number) => `@problemName waves\n@univariate false\n@dimensions 2\n@equalLength false\n@classLabel true a b\n@data\n${Array.from({ length: count }, (_, row) => [...wave(5 + (row % 4), row % 2), 'ab'[row % 2]].join(':')).join('\n')}\n`;
      await upload('waves', DatasetFormat.DATASET_FORMAT_TS, 'Waves_TRAIN.ts', Buffer.from(file(240)));
      const { version } = await platform.train({
        model: 'waves',
        dataset: 'waves',
        spec: { latentSize: 4, architecture: { $case: 'recurrent', value: { units: 16, cell: 2 } }, variational: { beta: 0.05 } },
        options: { epochs: 12, batchSize: 16, learningRate: 0.01, seed: 1 },
      });
      expect(version.metrics['watch/mse']).toBeLessThan(version.metrics['watch/meanMse']! * 0.7);
      const model = { name: 'waves', target: { $case: 'version' as const, value: 1 } };
      const given = new Float32Array(2 * 6 * 2).fill(NaN);
      given.set(Array.from({ length: 8 }, (_, at) => sin(at)), 0);
      given.set(Array.from({ length: 12 }, (_, at) => cos(at)), 12);
      const input = { $case: 'batch' as const, value: tensorFromFloat32(given, [2, 6, 2]) };
      const there = (of: Float32Array) => [0, 1].map((row) => of.subarray(row * 16, row * 16 + 16).filter((value) => !Number.isNaN(value)).length);
      const { examples, errors } = await client.reconstruct({ model, input });
      expect(shapeOf(examples!)).toEqual([2, 8, 2]);
      expect(there(tensorToFloat32(examples!))).toEqual([8, 12]);
      expect(errors.every((error) => Number.isFinite(error))).toBe(true);
      const compressed = await client.compress({ model, input, includeExamples: true });
      const back = await client.decompress({ model, stream: compressed.stream });
      expect(Buffer.compare(back.examples!.data, compressed.examples!.data)).toBe(0);
      expect(there(tensorToFloat32(back.examples!))).toEqual([8, 12]);
      expect(shapeOf((await client.sample({ model, count: 3, seed: 1n })).examples!)).toEqual([3, 8, 2]);
      const hole = given.slice();
      hole[2] = NaN;
      expect((await refusal(client.reconstruct({ model, input: { $case: 'batch', value: tensorFromFloat32(hole, [2, 6, 2]) } }))).violations[0]!.description).toMatch(/^received NaN in example 0, step 1, column .*0, expected a finite float32/);
    });
  });
});
