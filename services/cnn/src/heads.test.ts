import { shapeOf, tensorFromUint8, tensorToFloat32, uploadDataset, type Input } from '@quartet/client';
import { BadFilePolicy, cnn, DatasetFormat, Part, Target, type QuartetError } from '@quartet/contracts';
import { npyHeader } from '@quartet/data';
import sharp from 'sharp';
import { Platform } from './testing/platform';

// Labels and numbers from the data to the answer, and a training with all of its regularization, over real sockets.

const SIDE = 8;
const PIXELS = SIDE * SIDE;
const spec: Input<cnn.CnnSpec> = { layers: [{ layer: { $case: 'conv2d', value: { filters: 8 } } }, { layer: { $case: 'batchNormalization', value: {} } }, { layer: { $case: 'flatten', value: {} } }, { layer: { $case: 'dense', value: { units: 24 } } }] };
const options = { epochs: 10, batchSize: 32, seed: 3, learningRate: 0.01 };

/** Numbers in 0..1 that repeat: a linear congruential generator (Numerical Recipes'). */
function generator(state: number): () => number {
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

/** Images of which the upper, the middle and the lower row are bright or not; and a bright dot in a column. */
function examples(count: number, seed: number) {
  const random = generator(seed);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count * 3);
  const numbers = new Float32Array(count * 2);
  for (let at = 0; at < count; at++) {
    for (let pixel = 0; pixel < PIXELS; pixel++) images[at * PIXELS + pixel] = 40 * random();
    for (let label = 0; label < 3; label++) {
      if (random() < 0.5) continue;
      labels[at * 3 + label] = 1;
      images.fill(140, at * PIXELS + 3 * label * SIDE, at * PIXELS + (3 * label + 1) * SIDE);
    }
    const column = Math.floor(random() * SIDE);
    images[at * PIXELS + SIDE + column] = images[at * PIXELS + 4 * SIDE + column] = 255;
    numbers.set([column, 1000 - 50 * column], at * 2);
  }
  return { images, labels, numbers };
}

const npy = (path: string, descr: string, shape: number[], data: Uint8Array | Float32Array) => {
  const source = Buffer.concat([npyHeader(descr, shape), Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
  return { path, source, size: source.length };
};

describe('heads', () => {
  let platform: Platform;
  const [train, test] = [examples(400, 1), examples(100, 2)];
  const batch = () => tensorFromUint8(test.images.subarray(0, 10 * PIXELS), [10, SIDE, SIDE]);
  const of = (name: string) => ({ name, target: { $case: 'version' as const, value: 1 } });
  const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);
  const version = (name: string) => platform.control.models.getVersion({ model: of(name) });

  beforeAll(async () => {
    platform = await Platform.start();
    const x = [npy('x_train.npy', '|u1', [400, SIDE, SIDE], train.images), npy('x_test.npy', '|u1', [100, SIDE, SIDE], test.images)];
    const format = DatasetFormat.DATASET_FORMAT_NUMPY;
    await uploadDataset(platform.control, 'rows', { format, target: Target.TARGET_LABELS }, [...x, npy('y_train.npy', '|u1', [400, 3], train.labels), npy('y_test.npy', '|u1', [100, 3], test.labels)]);
    await uploadDataset(platform.control, 'dots', { format, target: Target.TARGET_NUMBERS }, [...x, npy('y_train.npy', '<f4', [400, 2], train.numbers), npy('y_test.npy', '<f4', [100, 2], test.numbers)]);
    const jobs = [
      await platform.train({ model: 'rows', dataset: 'rows', spec, options, regularization: { labelSmoothing: 0.02, mixupAlpha: 0.1 } }),
      await platform.train({ model: 'dots', dataset: 'dots', spec, options, regularization: { weightAverageDecay: 0.98 } }),
    ];
    for (const job of jobs) await platform.weightsOf(job);
  });
  afterAll(() => platform?.stop());

  it('the data set says what its targets are, and gives them back', async () => {
    const { schema } = await platform.control.datasets.getDataset({ name: 'dots' });
    expect(schema).toMatchObject({ kind: 'image', classNames: [], target: { kind: Target.TARGET_NUMBERS, names: ['value_0', 'value_1'] } });
    const { labels } = await platform.control.datasets.readExamples({ name: 'rows', part: Part.PART_TEST, offset: 3, count: 5 });
    expect(shapeOf(labels!)).toEqual([5, 3]);
    expect([...tensorToFloat32(labels!)]).toEqual([...test.labels.subarray(9, 24)]);
  });

  it('labels: those that an image has, or the most likely ones; the metrics of labels', async () => {
    const { metrics, manifestJson } = await version('rows');
    expect(metrics['test/meanAveragePrecision']).toBeGreaterThan(0.9);
    expect(metrics['test/f1']).toBeGreaterThan(0.85);
    expect(metrics['temperature']).toBeGreaterThan(0);
    expect((JSON.parse(manifestJson) as { extra: { labelScores: { name: string }[] } }).extra.labelScores.map(({ name }) => name)).toEqual(['0', '1', '2']);
    const { results } = await platform.family.cnn.classify({ model: of('rows'), input: { $case: 'batch', value: batch() } });
    const told = results.flatMap(({ classes }) => [0, 1, 2].map((label) => Number(classes.some(({ index }) => index === label))));
    const right = told.filter((has, index) => has === test.labels[index]).length;
    expect(right).toBeGreaterThan(25);
    const top = await platform.family.cnn.classify({ model: of('rows'), input: { $case: 'batch', value: batch() }, topK: 3 });
    expect(top.results.every(({ classes }) => classes.length === 3)).toBe(true);
  });

  it('numbers: in their units, by Predict and by the Open Inference Protocol', async () => {
    const { metrics, outputs } = await version('dots');
    expect(metrics['test/mae']).toBeLessThan(30);
    expect(metrics['temperature']).toBeUndefined();
    expect(outputs.map(({ name }) => name).sort()).toEqual(['embedding', 'values']);
    const { values, names, modelVersion } = await platform.family.cnn.predict({ model: of('dots'), input: { $case: 'batch', value: batch() } });
    expect([names, modelVersion, shapeOf(values!)]).toEqual([['value_0', 'value_1'], 1n, [10, 2]]);
    const errors = [...tensorToFloat32(values!)].map((value, index) => Math.abs(value - test.numbers[index]!));
    expect(errors.filter((_, index) => index % 2 === 0).reduce((sum, error) => sum + error, 0) / 10).toBeLessThan(1);
    const inference = await platform.family.inference.modelInfer({ modelName: 'dots', modelVersion: '1', inputs: [{ name: 'images', datatype: 'UINT8', shape: [10, SIDE, SIDE, 1] }], rawInputContents: [Buffer.from(test.images.subarray(0, 10 * PIXELS))] });
    expect(inference.outputs.map(({ name }) => name)).toEqual(['values']);
    const shifted = await platform.family.cnn.predict({ model: of('dots'), input: { $case: 'batch', value: batch() }, testTimeAugmentation: { shift: 1 } });
    expect([...tensorToFloat32(shifted.values!)]).not.toEqual([...tensorToFloat32(values!)]);
  });

  it('numbers: shows what raises one, in its own unit', async () => {
    // The image whose dots are furthest to the right: hiding them lowers the column, and raises the second number.
    const at = Array.from({ length: 100 }, (_, row) => row).reduce((best, row) => (test.numbers[row * 2]! > test.numbers[best * 2]! ? row : best));
    const column = test.numbers[at * 2]!;
    const pixels = tensorFromUint8(test.images.subarray(at * PIXELS, (at + 1) * PIXELS), [SIDE, SIDE]);
    const image = { content: { $case: 'pixels' as const, value: pixels } };
    const { values } = await platform.family.cnn.predict({ model: of('dots'), input: { $case: 'images', value: { images: [image] } } });
    const occlusion = { window: 3, stride: 1 };
    const hidden = await platform.family.cnn.explain({ model: of('dots'), image, method: cnn.ExplainMethod.EXPLAIN_METHOD_OCCLUSION, occlusion });
    expect(hidden.explained).toEqual({ index: 0, name: 'value_0', probability: 0, value: tensorToFloat32(values!)[0] });
    expect(hidden.predicted).toEqual(hidden.explained);
    expect(hidden.occlusion!.leastValue!).toBeLessThan(hidden.explained!.value! - 1);
    expect(Math.abs(hidden.peakColumn - column)).toBeLessThanOrEqual(2);
    const map = tensorToFloat32(hidden.map!);
    const [least, most] = [Math.min(...map), Math.max(...map)];
    // Columns, of which there are eight.
    expect([most > 0.5, most < 3 * SIDE, least > -3 * SIDE]).toEqual([true, true, true]);
    const other = await platform.family.cnn.explain({ model: of('dots'), image, method: cnn.ExplainMethod.EXPLAIN_METHOD_OCCLUSION, occlusion, target: { $case: 'className', value: 'value_1' } });
    expect(other.explained).toMatchObject({ name: 'value_1', value: tensorToFloat32(values!)[1] });
    // Fifty for each column.
    expect(Math.min(...tensorToFloat32(other.map!))).toBeLessThan(-25);
    const cams = await Promise.all([0, 1].map((value) => platform.family.cnn.explain({ model: of('dots'), image, target: { $case: 'classIndex', value } })));
    expect(cams.some(({ halfArea }) => halfArea > 0)).toBe(true);
    expect((await sharp(cams[0]!.picture).metadata()).format).toBe('png');
    expect((await refusal(platform.family.cnn.explain({ model: of('dots'), image, target: { $case: 'classIndex', value: 2 } }))).message).toMatch(/class_index: is 2; the model has numbers 0 to 1/);
  });

  it('says which method is the right one', async () => {
    const input = { $case: 'batch' as const, value: batch() };
    const wrong = await refusal(platform.family.cnn.classify({ model: of('dots'), input }));
    expect([wrong.reason, wrong.message]).toEqual(['WRONG_STATE', "model 'dots' version 1 gives numbers; call Predict for these"]);
    expect((await refusal(platform.family.cnn.predict({ model: of('rows'), input }))).message).toBe("model 'rows' version 1 gives labels; call Classify for these");
  });

  it.each([
    ['weights of classes that there are none of', 'rows', { regularization: { classWeights: { '0': 2 } } }, 'regularization.class_weights', /is for data with one class an image; data set 'rows' holds labels/],
    ['balance of numbers', 'dots', { regularization: { classWeighting: 1 } }, 'regularization.class_weighting', /holds numbers/],
    ['smoothed numbers', 'dots', { regularization: { labelSmoothing: 0.1 } }, 'regularization.label_smoothing', /holds numbers; leave it out/],
    ['unsure labels', 'rows', { calibration: { unsureBelow: 0.5 } }, 'calibration.unsure_below', /holds labels/],
    ['a temperature of numbers', 'dots', { calibration: { temperatureScaling: true } }, 'calibration.temperature_scaling', /holds numbers/],
  ])('refuses %s', async (_, dataset, request, field, description) => {
    const { violations } = await refusal(platform.train({ model: 'm', dataset, spec, ...request }));
    expect(violations).toEqual([{ field, description: expect.stringMatching(description) }]);
  });

  it('trains on unbalanced images of grey and colour, one of them corrupt, with everything on', async () => {
    const picture = (bright: boolean, colour: boolean) => sharp({ create: { width: SIDE, height: SIDE, channels: colour ? 4 : 3, background: bright ? '#d0d0d0' : '#202020' } })[colour ? 'png' : 'greyscale']().png().toBuffer();
    const files = [];
    for (let at = 0; at < 66; at++) {
      const bright = at % 11 === 0;
      const source = at === 7 ? Buffer.from('\x89PNG, or so it says') : await picture(bright, at % 2 === 0);
      files.push({ path: `${bright ? 'day' : 'night'}/${at}.png`, source, size: source.length });
    }
    const format = DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER;
    const bad = await refusal(uploadDataset(platform.control, 'sky', { format, imageChannels: 3 }, files));
    expect(bad.message).toContain("night/7.png: an image that can't be decoded");
    const sky = await uploadDataset(platform.control, 'sky', { format, imageChannels: 3, badFiles: BadFilePolicy.BAD_FILE_POLICY_SKIP, validationShare: 0.3 }, files);
    expect(sky.skippedFiles.map((text) => text.split(' ')[0])).toEqual(['night/7.png']);
    const regularization = { classWeighting: 1, labelSmoothing: 0.05, mixupAlpha: 0.2, weightAverageDecay: 0.95 };
    const job = await platform.train({ model: 'sky', dataset: 'sky', spec: { preset: 3, width: 8, depth: 6 }, options: { epochs: 25, batchSize: 16, seed: 1, learningRate: 0.01, augmentation: { erase: 0.3 } }, regularization, calibration: { unsureBelow: 0.6 } });
    await platform.weightsOf(job);
    const { metrics } = await version('sky');
    expect(metrics['validation/accuracy']).toBe(1);
    expect(metrics['validation/calibrationErrorBefore']).toBeGreaterThan(metrics['validation/calibrationError']!);
    const grey = tensorFromUint8(new Uint8Array(PIXELS * 3).fill(120), [1, SIDE, SIDE, 3]);
    const ask = (rest: object) => platform.family.cnn.classify({ model: of('sky'), input: { $case: 'batch', value: grey }, includeLogits: true, ...rest });
    const [own, always, never, averaged] = [await ask({}), await ask({ unsureBelow: 1 }), await ask({ unsureBelow: 0 }), await ask({ testTimeAugmentation: { flipHorizontal: true, shift: 1 } })];
    const probability = own.results[0]!.classes[0]!.probability;
    expect([own, always, never].map(({ results }) => results[0]!.unsure)).toEqual([probability < 0.6, probability < 1, false]);
    const logits = tensorToFloat32(averaged.logits!);
    expect(Math.exp(logits[0]!) + Math.exp(logits[1]!)).toBeCloseTo(1, 5);
    expect((await refusal(ask({ unsureBelow: 2 }))).violations[0]!.field).toBe('unsure_below');
    expect((await refusal(ask({ testTimeAugmentation: { shift: 5 } }))).violations[0]!.field).toBe('test_time_augmentation.shift');
  });
});
