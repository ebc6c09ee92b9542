import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { tensorFromUint8, tensorToFloat32, uploadDataset } from '@quartet/client';
import { cnn, DatasetFormat, type QuartetError } from '@quartet/contracts';
import { decodeImage } from '@quartet/data';
import { idxFiles } from '@quartet/service-kit/dist/platform-testing/digits';
import sharp from 'sharp';
import { Platform } from '../testing/platform';
import { massByQuadrant, SIDE, stripes } from '../testing/stripes';

// Explain, Inspect, FindExamples and Embed of a layer, over a real socket, of a network that was trained where it is known what it must look at.

const { EXPLAIN_METHOD_GRAD_CAM, EXPLAIN_METHOD_OCCLUSION } = cnn.ExplainMethod;
const OCCLUSION = { method: EXPLAIN_METHOD_OCCLUSION };
const PIXELS = SIDE * SIDE;
const LAYERS = 'layers.0, layers.1, layers.2, layers.3, layers.4, logits';

type Client = Platform['family']['cnn'];
const SPEC: NonNullable<Parameters<Client['train']>[0]>['spec'] = {
  layers: [
    { layer: { $case: 'conv2d', value: { filters: 8 } } },
    { layer: { $case: 'maxPool2d', value: {} } },
    { layer: { $case: 'conv2d', value: { filters: 16 } } },
    { layer: { $case: 'globalAveragePool', value: {} } },
    { layer: { $case: 'dense', value: { units: 8 } } },
  ],
};
type ExplainInput = Parameters<Client['explain']>[0];
type InspectInput = Parameters<Client['inspect']>[0];

/** A PNG that says it has 100,000 x 100,000 pixels, and has none. */
function hugePng(): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(Buffer.concat([Buffer.from(type), data])));
    return Buffer.concat([length, Buffer.from(type), data, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(100_000, 0);
  header.writeUInt32BE(100_000, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', Buffer.alloc(0)), chunk('IEND', Buffer.alloc(0))]);
}

const meanDifference = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + Math.abs(value - b[at]!), 0) / a.length;

describe('a look into a network', () => {
  let platform: Platform;
  const test40 = stripes(2, 40);
  const model = { name: 'stripes', target: { $case: 'version' as const, value: 1n } };
  const bytesOf = (index: number): Uint8Array => test40.images.subarray(index * PIXELS, (index + 1) * PIXELS);
  const imageOf = (index: number) => ({ content: { $case: 'pixels' as const, value: tensorFromUint8(bytesOf(index).slice(), [SIDE, SIDE]) } });
  const explain = (rest: ExplainInput, index = 0) => platform.family.cnn.explain({ model, image: imageOf(index), omitPicture: true, ...rest });
  const inspect = (rest: InspectInput) => platform.family.cnn.inspect({ model, ...rest });
  const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);
  const pictureOf = async (png: Uint8Array) => sharp(png).metadata();

  beforeAll(async () => {
    platform = await Platform.start();
    const files = [...idxFiles('train', stripes(1, 600)), ...idxFiles('t10k', test40)];
    await uploadDataset(platform.control, 'stripes', { format: DatasetFormat.DATASET_FORMAT_IDX }, files);
    await platform.weightsOf(await platform.train({ model: 'stripes', dataset: 'stripes', spec: SPEC, options: { epochs: 12, batchSize: 32, seed: 1, learningRate: 0.01 } }));
  });
  afterAll(() => platform?.stop());

  test('the network has learned the stripes', async () => {
    const { results } = await platform.family.cnn.classify({ model, input: { $case: 'batch', value: tensorFromUint8(test40.images.slice(0, 16 * PIXELS), [16, SIDE, SIDE]) } });
    expect(results.map(({ classes }) => classes[0]!.index)).toEqual([...test40.labels.subarray(0, 16)]);
    // The cache may let go of a loaded version's files: what follows must not need them in their place.
    await rm(join(platform.home, 'cache/artifacts'), { recursive: true });
  });

  describe.each([
    // As coarse as its layer, it spreads farther.
    ['Grad-CAM', { method: EXPLAIN_METHOD_GRAD_CAM }, 0.5],
    ['occlusion', OCCLUSION, 0.7],
  ])('%s', (_, method, least) => {
    it('finds the evidence where it is', async () => {
      for (let index = 0; index < 8; index += 1) {
        const { map, explained, predicted, peakRow, peakColumn, halfArea } = await explain(method, index);
        expect(explained).toEqual(predicted);
        expect(explained!.index).toBe(test40.labels[index]);
        expect(map!.shape).toEqual([24n, 24n]);
        const mass = massByQuadrant(tensorToFloat32(map!));
        expect(mass[test40.quadrants[index]!]).toBeGreaterThan(least);
        expect(2 * Number(peakRow >= 12) + Number(peakColumn >= 12)).toBe(test40.quadrants[index]);
        expect(halfArea).toBeGreaterThan(0);
        expect(halfArea).toBeLessThan(0.25);
      }
    });

    it('draws it: the image, and beside it the heat where the evidence is', async () => {
      const { picture } = await explain({ ...method, omitPicture: false }, 1);
      expect(await pictureOf(picture)).toMatchObject({ format: 'png', width: expect.any(Number) });
      const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
      // How much redder than blue each quadrant of the right picture is: 336 pixels a side, to the left edge's margin of 12 from the right.
      const red = [0, 0, 0, 0];
      const [left, top] = [info.width - 12 - 336, 12 + 20 + 8];
      for (let y = 0; y < 336; y += 1) {
        for (let x = 0; x < 336; x += 1) {
          const at = ((top + y) * info.width + left + x) * info.channels;
          red[2 * Number(y >= 168) + Number(x >= 168)]! += Math.max(0, data[at]! - data[at + 2]!);
        }
      }
      expect(red.indexOf(Math.max(...red))).toBe(test40.quadrants[1]);
      expect((await explain(method, 1)).picture).toHaveLength(0);
    });

    it('explains a class that is named, and says the same again', async () => {
      const name = String(1 - test40.labels[2]!);
      const [first, again] = [await explain({ ...method, target: { $case: 'className', value: name } }, 2), await explain({ ...method, target: { $case: 'classIndex', value: Number(name) } }, 2)];
      expect(first.explained).toMatchObject({ name, index: Number(name) });
      expect(first.predicted!.index).toBe(test40.labels[2]);
      // To the rounding: on several threads, and by where its buffers begin, TensorFlow's sums need not come in one order.
      const [map, same] = [tensorToFloat32(first.map!), tensorToFloat32(again.map!)];
      map.forEach((value, at) => expect(Math.abs(same[at]! - value)).toBeLessThan(1e-4 * Math.max(...map.map(Math.abs))));
      const probability = first.explained!.probability;
      expect(again.explained).toEqual({ ...first.explained, probability: expect.any(Number) });
      expect(Math.abs(again.explained!.probability / probability - 1)).toBeLessThan(1e-4);
    });
  });

  test('occlusion is what hiding each window by hand gives', async () => {
    const [window, stride, fill] = [7, 5, 0.25];
    const { map, occlusion } = await explain({ ...OCCLUSION, occlusion: { window, stride, fill } }, 3);
    const starts = [0, 5, 10, 15, 17];
    const target = test40.labels[3]!;
    const oddsOf = async (pixels: Float32Array): Promise<[number, number]> => {
      const image = { content: { $case: 'pixels' as const, value: { dtype: 1, shape: [24n, 24n], data: Buffer.from(pixels.buffer) } } };
      const { results, logits } = await platform.family.cnn.classify({ model, input: { $case: 'images', value: { images: [image] } }, topK: 2, includeLogits: true });
      const own = tensorToFloat32(logits!);
      return [own[target]! - own[1 - target]!, results[0]!.classes.find(({ index }) => index === target)!.probability];
    };
    const pixels = Float32Array.from(bytesOf(3), (value) => value / 255);
    const [whole] = await oddsOf(pixels.slice());
    const [sums, counts] = [new Float64Array(PIXELS), new Float64Array(PIXELS)];
    let least = { probability: Infinity, row: -1, column: -1 };
    for (const top of starts) {
      for (const left of starts) {
        const covered = (at: number): boolean => Math.floor(at / SIDE) >= top && Math.floor(at / SIDE) < top + window && at % SIDE >= left && at % SIDE < left + window;
        const [odds, probability] = await oddsOf(pixels.map((value, at) => (covered(at) ? fill : value)));
        if (probability < least.probability) least = { probability, row: top, column: left };
        for (let at = 0; at < PIXELS; at += 1) if (covered(at)) [sums[at], counts[at]] = [sums[at]! + whole - odds, counts[at]! + 1];
      }
    }
    const found = tensorToFloat32(map!);
    const largest = Math.max(...found);
    sums.forEach((sum, at) => expect(Math.abs(found[at]! - sum / counts[at]!) / largest).toBeLessThan(1e-4));
    expect(occlusion).toMatchObject({ window, stride, places: 25, row: least.row, column: least.column });
    expect(occlusion!.leastProbability).toBeCloseTo(least.probability, 5);
  });

  describe('Inspect', () => {
    it('lists the layers', async () => {
      const { layers, picture, modelVersion } = await inspect({});
      expect(modelVersion).toBe(1n);
      expect(picture).toHaveLength(0);
      expect(layers.map(({ name, kind, shape }) => `${name} ${kind} ${shape.join('x')}`)).toEqual([
        'layers.0 conv2d 24x24x8', 'layers.1 max_pool2d 12x12x8', 'layers.2 conv2d 12x12x16', 'layers.3 global_average_pool 16', 'layers.4 dense 8', 'logits dense 2',
      ]);
    });

    it('shows the first filters', async () => {
      const { filters, picture } = await inspect({ view: { $case: 'filters', value: {} } });
      expect(filters!.shape).toEqual([3n, 3n, 1n, 8n]);
      expect(tensorToFloat32(filters!).some((value) => value !== 0)).toBe(true);
      expect(await pictureOf(picture)).toMatchObject({ format: 'png' });
    });

    it('shows what each layer makes of an image', async () => {
      const { activations, picture } = await inspect({ view: { $case: 'activations', value: { image: imageOf(0) } } });
      expect(activations.map(({ layer }) => layer)).toEqual(['layers.0', 'layers.1', 'layers.2']);
      expect(activations[2]!.output!.shape).toEqual([12n, 12n, 16n]);
      expect(await pictureOf(picture)).toMatchObject({ format: 'png' });
      const named = await inspect({ view: { $case: 'activations', value: { image: imageOf(0), layers: ['logits', 'layers.1'] } }, omitPicture: true });
      expect(named.activations.map(({ output }) => output!.shape.join('x'))).toEqual(['2', '12x12x8']);
      // A pooled map holds the largest of each square of the map before.
      const [before, pooled] = [tensorToFloat32(activations[0]!.output!), tensorToFloat32(named.activations[1]!.output!)];
      const square = [0, 1].flatMap((y) => [0, 1].map((x) => before[((6 + y) * 24 + 8 + x) * 8 + 5]!));
      expect(pooled[(3 * 12 + 4) * 8 + 5]).toBe(Math.max(...square));
      const { logits } = await platform.family.cnn.classify({ model, input: { $case: 'images', value: { images: [imageOf(0)] } }, includeLogits: true });
      // Classify's are divided by the temperature.
      const [calibrated, raw] = [tensorToFloat32(logits!), tensorToFloat32(named.activations[0]!.output!)];
      expect(raw[0]! / raw[1]!).toBeCloseTo(calibrated[0]! / calibrated[1]!, 4);
    });

    it('finds an image that excites a class, the same for a seed', async () => {
      const view = { $case: 'unit' as const, value: { steps: 40, seed: 5n } };
      const [{ units, picture }, again, other] = [await inspect({ view }), await inspect({ view }), await inspect({ view: { $case: 'unit', value: { steps: 40, seed: 6n } } })];
      const apart = (a: cnn.ExcitedUnit[]): number => Math.max(...units.map(({ image }, at) => meanDifference(tensorToFloat32(image!), tensorToFloat32(a[at]!.image!))));
      expect(apart(again.units)).toBeLessThan(0.01);
      expect(apart(other.units)).toBeGreaterThan(0.01);
      expect(await pictureOf(picture)).toMatchObject({ format: 'png' });
      expect(units.map(({ name }) => name)).toEqual(['0', '1']);
      for (const [index, { image, value, before }] of units.entries()) {
        expect(value).toBeGreaterThan(before + 1);
        const { results } = await platform.family.cnn.classify({ model, input: { $case: 'images', value: { images: [{ content: { $case: 'pixels', value: image! } }] } } });
        expect(results[0]!.classes[0]!.index).toBe(index);
      }
    });
  });

  test('FindExamples gives those that excite a unit most', async () => {
    const { units, searched, dataset, picture } = await platform.family.cnn.findExamples({ model, layer: 'layers.2', units: [3, 7], count: 4 });
    expect([dataset, searched]).toEqual(['stripes', 40]);
    expect(await pictureOf(picture)).toMatchObject({ format: 'png' });
    const means: number[][] = [];
    for (let first = 0; first < 40; first += 10) {
      const batch = tensorFromUint8(test40.images.slice(first * PIXELS, (first + 10) * PIXELS), [10, SIDE, SIDE]);
      const { embeddings } = await platform.family.cnn.embed({ model, input: { $case: 'batch', value: batch }, layer: { name: 'layers.2' } });
      expect(embeddings!.shape).toEqual([10n, 16n]);
      const own = tensorToFloat32(embeddings!);
      for (let row = 0; row < 10; row += 1) means.push([...own.subarray(row * 16, (row + 1) * 16)]);
    }
    for (const { unit, examples } of units) {
      const expected = means.map((own, index) => ({ index, value: own[unit]! })).sort((a, b) => b.value - a.value).slice(0, 4);
      expect(examples.map(({ index }) => Number(index))).toEqual(expected.map(({ index }) => index));
      examples.forEach(({ value, label, index }, at) => {
        expect(value).toBeCloseTo(expected[at]!.value, 4);
        expect(label).toBe(`${test40.labels[Number(index)]}`);
      });
    }
  });

  test('Embed takes any layer, flattened or averaged', async () => {
    const input = { $case: 'images' as const, value: { images: [imageOf(0), imageOf(1), imageOf(2)] } };
    const shapeAt = async (layer: object | undefined): Promise<bigint[]> => (await platform.family.cnn.embed({ model, input, layer })).embeddings!.shape;
    expect(await shapeAt(undefined)).toEqual([3n, 8n]);
    expect(await shapeAt({ name: 'layers.2' })).toEqual([3n, 16n]);
    expect(await shapeAt({ name: 'layers.2', pooling: cnn.LayerPooling.LAYER_POOLING_FLATTEN })).toEqual([3n, 2304n]);
    // The last hidden layer by its name is what comes without one.
    const [plain, named] = [await platform.family.cnn.embed({ model, input }), await platform.family.cnn.embed({ model, input, layer: { name: 'layers.4' } })];
    tensorToFloat32(plain.embeddings!).forEach((value, at) => expect(tensorToFloat32(named.embeddings!)[at]).toBeCloseTo(value, 4));
  });

  it.each<[string, () => Promise<unknown>, string, string, string]>([
    ['no image', () => platform.family.cnn.explain({ model }), 'INVALID_FIELD', 'image', 'is not set; send a PNG or JPEG in `encoded`, or [24, 24, 1] in `pixels`'],
    ['an image that is none', () => explain({ image: { content: { $case: 'encoded', value: Buffer.from('no') } } }), 'UNDECODABLE_IMAGE', 'image.encoded', 'expected a complete PNG or JPEG'],
    ['too many pixels', () => explain({ image: { content: { $case: 'encoded', value: hugePng() } } }), 'UNDECODABLE_IMAGE', 'image.encoded', 'pixels'],
    ['an unknown layer', () => explain({ layer: 'conv' }), 'INVALID_FIELD', 'layer', `is 'conv'; the network has ${LAYERS}`],
    ['a layer without extent', () => explain({ layer: 'layers.3' }), 'INVALID_FIELD', 'layer', "is 'layers.3', which gives [16] for an image, without spatial extent; name one of layers.0, layers.1, layers.2"],
    ['a class out of range', () => explain({ target: { $case: 'classIndex', value: 2 } }), 'INVALID_FIELD', 'class_index', 'is 2; the model has classes 0 to 1'],
    ['an unknown class', () => explain({ target: { $case: 'className', value: 'x' } }), 'INVALID_FIELD', 'class_name', "is 'x'; the model has '0', '1'"],
    ['an unknown method', () => explain({ method: 9 as cnn.ExplainMethod }), 'INVALID_FIELD', 'method', 'received 9, expected EXPLAIN_METHOD_GRAD_CAM or EXPLAIN_METHOD_OCCLUSION'],
    ['a layer for occlusion', () => explain({ ...OCCLUSION, layer: 'layers.0' }), 'INVALID_FIELD', 'layer', 'occlusion looks at no layer'],
    ['a window for Grad-CAM', () => explain({ occlusion: { window: 3 } }), 'INVALID_FIELD', 'occlusion', 'Grad-CAM hides nothing'],
    ['a window larger than the image', () => explain({ ...OCCLUSION, occlusion: { window: 25 } }), 'INVALID_FIELD', 'occlusion.window', 'is 25; it takes a whole number from 1 to 24, the shorter side of an image of 24 x 24'],
    ['a stride beyond the window', () => explain({ ...OCCLUSION, occlusion: { window: 3, stride: 4 } }), 'INVALID_FIELD', 'occlusion.stride', 'is 4; it takes a whole number from 1 to 3'],
    ['a fill beyond 1', () => explain({ ...OCCLUSION, occlusion: { fill: 2 } }), 'INVALID_FIELD', 'occlusion.fill', 'is 2; it takes a number from 0 to 1'],
    ['an unknown layer to embed by', () => platform.family.cnn.embed({ model, input: { $case: 'images', value: { images: [imageOf(0)] } }, layer: { name: 'x' } }), 'INVALID_FIELD', 'layer.name', `the network has ${LAYERS}`],
    ['an unknown layer to look at', () => inspect({ view: { $case: 'activations', value: { image: imageOf(0), layers: ['layers.0', 'x'] } } }), 'INVALID_FIELD', 'activations.layers[1]', `is 'x'; the network has ${LAYERS}`],
    ['too many channels', () => inspect({ view: { $case: 'activations', value: { image: imageOf(0), channels: 65 } } }), 'INVALID_FIELD', 'activations.channels', 'is 65; it takes a whole number from 1 to 64'],
    ['a unit that is not there', () => inspect({ view: { $case: 'unit', value: { layer: 'layers.4', units: [1, 8] } } }), 'INVALID_FIELD', 'unit.units[1]', 'is 8; layers.4 has units 0 to 7'],
    ['too many steps', () => inspect({ view: { $case: 'unit', value: { steps: 1025 } } }), 'INVALID_FIELD', 'unit.steps', 'is 1025; it takes a whole number from 1 to 1024'],
    ['too many examples', () => platform.family.cnn.findExamples({ model, count: 33, search: 10_001 }), 'INVALID_FIELD', 'search', 'is 10001'],
    ['a data set that is not there', () => platform.family.cnn.findExamples({ model, dataset: 'none' }), 'DATASET_NOT_FOUND', '', ''],
  ])('refuses %s', async (_, call, reason, field, description) => {
    const error = await refusal(call());
    expect(error.reason).toBe(reason);
    if (field) expect(error.violations[0]).toMatchObject({ field, description: expect.stringContaining(description) });
  });

  test('takes a PNG as it takes pixels', async () => {
    const png = await sharp(bytesOf(0).slice(), { raw: { width: SIDE, height: SIDE, channels: 1 } }).png().toBuffer();
    expect((await decodeImage(png, { height: SIDE, width: SIDE, channels: 1 })).data).toHaveLength(PIXELS);
    const [asPixels, asFile] = [await explain({}), await explain({ image: { content: { $case: 'encoded', value: png } } })];
    const [map, same] = [tensorToFloat32(asPixels.map!), tensorToFloat32(asFile.map!)];
    map.forEach((value, at) => expect(Math.abs(same[at]! - value)).toBeLessThan(1e-4 * Math.max(...map.map(Math.abs))));
  });
});
