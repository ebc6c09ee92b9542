import { tensorFromFloat32, tensorFromInt32, tensorToFloat32, tensorToTypedArray } from '@quartet/client';
import { DatasetFormat, MissingPolicy, Part, type Dataset, type Version } from '@quartet/contracts';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';

describe('classifying sequences', () => {
  let platform: Platform;
  let vowels: Dataset;
  let version: Version;
  let sequences: { values: Float32Array; steps: number; label: number }[];

  beforeAll(async () => {
    platform = await Platform.start();
    vowels = await platform.import('vowels', 'builtin:japanese-vowels');
    const network = { units: 16, bidirectional: true };
    const job = await platform.client.rnn.trainClassifier({ model: 'speaker', dataset: 'vowels', network, ensemble: 1, options: { epochs: 15, batchSize: 32, seed: 1, learningRate: 0.015 } });
    version = await platform.version(job);
    await platform.client.models.promoteVersion({ model: 'speaker', version: version.version });
    const { examples, labels } = await platform.client.datasets.readExamples({ name: 'vowels', part: Part.PART_TEST, offset: 0, count: 16 });
    const numbers = tensorToFloat32(examples!);
    const classes = tensorToTypedArray(labels!) as Int32Array;
    sequences = Array.from(classes, (label, row) => {
      const values = numbers.slice(row * 29 * 12, (row + 1) * 29 * 12);
      const end = values.findIndex(Number.isNaN);
      const steps = end < 0 ? 29 : end / 12;
      return { label, steps, values: values.slice(0, steps * 12) };
    });
  });
  afterAll(() => platform?.stop());

  const tensor = ({ values, steps }: { values: Float32Array; steps: number }) => tensorFromFloat32(values, [steps, 12]) as never;
  const classify = (list: { values: Float32Array; steps: number }[], more = {}) => platform.client.rnn.classify({ model: { name: 'speaker' }, sequences: list.map(tensor), ...more });

  it('reads .ts files: sequences of several lengths, nine speakers', () => {
    expect(vowels.schema).toMatchObject({ kind: 'sequence', exampleShape: [29n, 12n], classNames: ['1', '2', '3', '4', '5', '6', '7', '8', '9'] });
    expect(vowels.parts.map(({ count }) => Number(count))).toEqual([243, 27, 370]);
    expect(new Set(sequences.map(({ steps }) => steps)).size).toBeGreaterThan(3);
  });

  it('learns to tell the speakers apart', () => {
    expect(version.metrics['test/examples']).toBe(370);
    expect(version.metrics['test/accuracy']).toBeGreaterThan(0.9);
  });

  it('classifies through the gateway, whatever else is in the batch and whatever the length', async () => {
    const together = await classify(sequences, { topK: 9 });
    expect(together.modelVersion).toBe(1n);
    expect(together.results.filter(({ classes }, i) => classes[0]!.index === sequences[i]!.label).length).toBeGreaterThan(12);
    for (const { classes } of together.results) {
      expect(classes.map(({ probability }) => probability)).toEqual(classes.map(({ probability }) => probability).sort((a, b) => b - a));
      expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5);
    }
    const alone = await classify([sequences[3]!], { topK: 9 });
    alone.results[0]!.classes.forEach(({ index, probability }, rank) => {
      expect(index).toBe(together.results[3]!.classes[rank]!.index);
      expect(probability).toBeCloseTo(together.results[3]!.classes[rank]!.probability, 4);
    });
  });

  it('refuses what it cannot classify, naming the field, what was received and what to do', async () => {
    const [first] = sequences as [(typeof sequences)[number]];
    const hurt = (value: number) => ({ ...first, values: first.values.map((v, i) => (i === 17 ? value : v)) });
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => classify([]), 'EMPTY_BATCH', /sequences.*received none/],
      [() => classify(new Array(17).fill(first) as typeof sequences), 'BATCH_TOO_LARGE', /received 17, expected at most 16/],
      [() => classify([first, { values: new Float32Array(0), steps: 0 }]), 'SHAPE_MISMATCH', /sequences\[1\]\.shape.*an empty series/],
      [() => classify([{ values: new Float32Array(30 * 12), steps: 30 }]), 'SHAPE_MISMATCH', /received 30 rows, expected at most 29/],
      [() => classify([hurt(NaN)]), 'NOT_FINITE', /received NaN in row 1, column 5/],
      [() => classify([first], { topK: 10 }), 'INVALID_FIELD', /top_k.*is 10; the model has 9 classes/],
      [() => platform.client.rnn.classify({ model: { name: 'speaker' }, sequences: [tensorFromFloat32(new Float32Array(22), [2, 11])] }), 'SHAPE_MISMATCH', /received \[2, 11\], expected \[rows, 12\]/],
      [() => platform.client.rnn.classify({ model: { name: 'speaker' }, sequences: [tensorFromInt32(new Int32Array(12), [1, 12])] }), 'DTYPE_MISMATCH', /DATA_TYPE_INT32, expected DATA_TYPE_FLOAT32/],
      [() => platform.client.rnn.forecast({ model: { name: 'speaker' }, histories: [{}] }), 'WRONG_STATE', /classifies sequences, texts or recordings; call Classify/],
      [() => platform.client.rnn.trainClassifier({ model: 'm', dataset: 'vowels', ensemble: 99, network: { layers: 99 } }), 'INVALID_FIELD', /network\.layers is 99.*ensemble is 99/],
      [() => platform.client.rnn.trainForecast({ model: 'm', dataset: 'vowels' }), 'UNUSABLE_DATASET', /holds a sequence; a forecaster trains on a series/],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect(error.reason).toBe(reason);
      expect(error.message).toMatch(text);
    }
  });

  it('takes a sequence of one step, and interpolates where it is asked to', async () => {
    const [first] = sequences as [(typeof sequences)[number]];
    const one = await classify([{ values: first.values.slice(0, 12), steps: 1 }]);
    expect(one.results[0]!.classes).toHaveLength(1);
    const values = first.values.slice();
    values[17] = NaN;
    const filled = await classify([{ ...first, values }], { missing: MissingPolicy.MISSING_POLICY_INTERPOLATE });
    expect(filled.results[0]).toMatchObject({ interpolated: 1, classes: [{ index: first.label }] });
  });

  it.each<[string, string, RegExp]>([
    ['an unknown class', '@classLabel true a b\n@data\n1,2:a\n1,2:c\n', /line 4: class "c"; expected one of "a", "b"/],
    ['channels of two lengths', '@classLabel true a b\n@data\n1,2:1:a\n', /channels of 2, 1 steps/],
    ['a missing number', '@classLabel true a b\n@data\n1,?:a\n', /no finite number at step 1 of channel 0/],
    ['no classes', '@classLabel false\n@data\n1,2\n', /no @classLabel true/],
    ['no data', '@classLabel true a b\n', /no line @data/],
  ])('refuses a .ts file with %s', async (_, text, message) => {
    expect((await failure(platform.upload('bad', 'bad.ts', text, { format: DatasetFormat.DATASET_FORMAT_TS }))).message).toMatch(message);
  });

  it('classifies by the Open Inference Protocol as by the typed call, whatever the lengths', async () => {
    const some = sequences.slice(0, 5);
    const { results } = await classify(some, { topK: 9 });
    const padded = new Float32Array(5 * 29 * 12);
    some.forEach(({ values }, row) => padded.set(values, row * 29 * 12));
    const lengths = Buffer.from(BigInt64Array.from(some, ({ steps }) => BigInt(steps)).buffer);
    const inputs = [{ name: 'sequences', datatype: 'FP32', shape: [5, 29, 12] }, { name: 'lengths', datatype: 'INT64', shape: [5] }];
    const { rawOutputContents } = await platform.client.inference.modelInfer({ modelName: 'speaker', inputs, rawInputContents: [Buffer.from(padded.buffer), lengths] });
    results.forEach(({ classes }, row) => classes.forEach(({ index, probability }) => expect(rawOutputContents[0]!.readFloatLE(4 * (row * 9 + index))).toBe(probability)));
    const doubles = await platform.client.inference.modelInfer({ modelName: 'speaker', inputs: [{ ...inputs[0]!, shape: [1, some[0]!.steps, 12], datatype: 'FP64' }], rawInputContents: [Buffer.from(Float64Array.from(some[0]!.values).buffer)] });
    const alone = await classify(some.slice(0, 1), { topK: 9 });
    alone.results[0]!.classes.forEach(({ index, probability }) => expect(doubles.rawOutputContents[0]!.readFloatLE(4 * index)).toBe(probability));
    const error = await failure(platform.client.inference.modelInfer({ modelName: 'speaker', inputs, rawInputContents: [Buffer.from(padded.buffer), Buffer.from(BigInt64Array.of(1n, 1n, 30n, 1n, 1n).buffer)] }));
    expect(error).toMatchObject({ reason: 'INVALID_FIELD', message: expect.stringContaining('inputs[1][2]: is 30, expected 1 to 29') });
  });
});
