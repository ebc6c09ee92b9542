import { DataType, type QuartetError } from '@quartet/contracts';
import { tensorFromFloat32, tensorFromInt32, tensorFromUint8 } from '@quartet/client';
import sharp from 'sharp';
import { mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import { Platform, tinySpec } from './testing/platform';

// Everything that a request can get wrong, and what the caller is told.

const PIXELS = 28 * 28;
type Client = Platform['family']['cnn'];
type ClassifyInput = NonNullable<Parameters<Client['classify']>[0]>;
type Input = ClassifyInput['input'];

describe('requests to the CNN service', () => {
  let platform: Platform;
  let digit: Uint8Array;

  const classify = (input: Input, rest: Omit<ClassifyInput, 'input'> = {}) => platform.family.cnn.classify({ model: { name: 'digits' }, ...rest, input });
  const refusal = async (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);
  const blank = (count: number) => tensorFromUint8(new Uint8Array(count * PIXELS), [count, 28, 28]);

  beforeAll(async () => {
    platform = await Platform.start();
    await platform.uploadDigits('digits', 300, 50);
    for (const model of ['digits', 'unpromoted']) {
      await platform.weightsOf(await platform.train({ model, dataset: 'digits', spec: tinySpec, options: { epochs: 2, batchSize: 32, seed: 1 } }));
    }
    await platform.control.models.promoteVersion({ model: 'digits', version: 1 });
    digit = (await mnist('t10k', 1)).images;
  });
  afterAll(() => platform?.stop());

  describe('input', () => {
    it.each<[string, () => Input, string, string, RegExp]>([
      ['nothing', () => undefined, 'INVALID_FIELD', 'input', /is not set; send `images`.*or `batch`/],
      ['a wrong shape', () => ({ $case: 'batch', value: tensorFromUint8(new Uint8Array(2 * 27 * 28), [2, 27, 28]) }), 'SHAPE_MISMATCH', 'batch.shape', /received \[2, 27, 28, 1\], expected \[-1, 28, 28, 1\]/],
      ['a wrong rank', () => ({ $case: 'batch', value: tensorFromUint8(new Uint8Array(PIXELS), [PIXELS]) }), 'SHAPE_MISMATCH', 'batch.shape', /received \[784\]/],
      ['a wrong dtype', () => ({ $case: 'batch', value: tensorFromInt32(new Int32Array(PIXELS), [1, 28, 28]) }), 'DTYPE_MISMATCH', 'batch.dtype', /received DATA_TYPE_INT32, expected DATA_TYPE_UINT8 \(0..255\) or DATA_TYPE_FLOAT32 \(0..1\)/],
      ['too few bytes', () => ({ $case: 'batch', value: { dtype: DataType.DATA_TYPE_FLOAT32, shape: [1, 28, 28], data: Buffer.alloc(10) } }), 'BYTE_COUNT_MISMATCH', 'batch.data', /received 10 bytes, expected 3136/],
      ['NaN', () => ({ $case: 'batch', value: tensorFromFloat32(new Float32Array(PIXELS).fill(NaN, 5, 6), [1, 28, 28]) }), 'NOT_FINITE', 'batch.data', /received NaN at element \[0, 0, 5, 0\]/],
      ['infinity', () => ({ $case: 'batch', value: tensorFromFloat32(new Float32Array(PIXELS).fill(-Infinity), [1, 28, 28]) }), 'NOT_FINITE', 'batch.data', /received -Infinity/],
      ['floats of another scale', () => ({ $case: 'batch', value: tensorFromFloat32(new Float32Array(PIXELS).fill(255), [1, 28, 28]) }), 'INVALID_FIELD', 'batch.data', /received 255 .*divide by 255/],
      ['an empty batch', () => ({ $case: 'batch', value: blank(0) }), 'EMPTY_BATCH', 'batch.shape', /expected 1 to 16/],
      ['a batch beyond QUARTET_MAX_BATCH', () => ({ $case: 'batch', value: blank(17) }), 'BATCH_TOO_LARGE', 'batch.shape', /received 17 images, expected at most 16 \(QUARTET_MAX_BATCH\); split them/],
      ['no images', () => ({ $case: 'images', value: { images: [] } }), 'EMPTY_BATCH', 'images.images', /received no image/],
      ['an image without content', () => ({ $case: 'images', value: { images: [{}] } }), 'INVALID_FIELD', 'images.images[0]', /is empty; expected a PNG or JPEG/],
      ['an image that is none', () => ({ $case: 'images', value: { images: [{ content: { $case: 'encoded', value: Buffer.from('not an image') } }] } }), 'UNDECODABLE_IMAGE', 'images.images[0].encoded', /./],
      ['pixels of a wrong shape', () => ({ $case: 'images', value: { images: [{ content: { $case: 'pixels', value: tensorFromUint8(new Uint8Array(4), [2, 2]) } }] } }), 'SHAPE_MISMATCH', 'images.images[0].pixels.shape', /received \[2, 2, 1\], expected \[28, 28, 1\]/],
    ])('refuses %s, naming the field', async (_, input, reason, field, description) => {
      for (const call of [() => classify(input()), () => platform.family.cnn.embed({ model: { name: 'digits' }, input: input() })]) {
        const error = await refusal(call());
        expect(error.reason).toBe(reason);
        expect(error.violations.map((violation) => violation.field)).toEqual([field]);
        expect(error.violations[0]!.description).toMatch(description);
      }
    });

    it('names every image that cannot be read', async () => {
      const good = { content: { $case: 'pixels' as const, value: tensorFromUint8(digit, [28, 28]) } };
      const bad = { content: { $case: 'encoded' as const, value: Buffer.from([0x89, 0x50, 0x4e, 0x47]) } };
      const error = await refusal(classify({ $case: 'images', value: { images: [bad, good, bad] } }));
      expect(error.violations.map(({ field }) => field)).toEqual(['images.images[0].encoded', 'images.images[2].encoded']);
    });

    it('takes a digit as bytes, as floats, as pixels and as PNG alike', async () => {
      const floats = Float32Array.from(digit, (value) => value / 255);
      const png = await sharp(digit, { raw: { width: 28, height: 28, channels: 1 } }).png().toBuffer();
      const answers = [
        await classify({ $case: 'batch', value: tensorFromUint8(digit, [1, 28, 28, 1]) }),
        await classify({ $case: 'batch', value: tensorFromFloat32(floats, [1, 28, 28]) }),
        await classify({ $case: 'images', value: { images: [{ content: { $case: 'pixels', value: tensorFromUint8(digit, [28, 28]) } }] } }),
        await classify({ $case: 'images', value: { images: [{ content: { $case: 'encoded', value: png } }] } }),
      ];
      const [first] = answers;
      for (const { results } of answers) {
        expect(results[0]!.classes[0]!.index).toBe(first!.results[0]!.classes[0]!.index);
        expect(results[0]!.classes[0]!.probability).toBeCloseTo(first!.results[0]!.classes[0]!.probability, 5);
      }
    });

    it('refuses more classes than there are', async () => {
      const error = await refusal(classify({ $case: 'batch', value: blank(1) }, { topK: 11 }));
      expect(error.message).toBe('top_k: is 11; the model has 10 classes. Ask for at most that many');
    });

    it('answers many requests at once, each with its own', async () => {
      const { images } = await mnist('t10k', 32);
      const digits = Array.from({ length: 32 }, (_, i) => images.slice(i * PIXELS, (i + 1) * PIXELS));
      const alone: { index: number; probability: number }[] = [];
      for (const one of digits) alone.push((await classify({ $case: 'batch', value: tensorFromUint8(one, [1, 28, 28]) })).results[0]!.classes[0]!);
      const together = await Promise.all(digits.map((one) => classify({ $case: 'batch', value: tensorFromUint8(one, [1, 28, 28]) })));
      together.forEach(({ results }, i) => {
        expect(results[0]!.classes[0]!.index).toBe(alone[i]!.index);
        expect(results[0]!.classes[0]!.probability).toBeCloseTo(alone[i]!.probability, 4);
      });
    });

    it('takes a priority from the metadata, and refuses one that is none', async () => {
      const withPriority = (priority: string) => platform.family.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: blank(1) } }, { metadata: { 'quartet-priority': priority } });
      expect((await Promise.all(['9', '-9', '0'].map(withPriority))).map(({ modelVersion }) => modelVersion)).toEqual([1n, 1n, 1n]);
      expect((await refusal(withPriority('high'))).message).toBe('quartet-priority: is "high"; it takes a whole number from -9 to 9, higher first. Leave it out for 0');
    });

    it('honours the deadline and the caller who leaves', async () => {
      const late = await refusal(platform.family.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: blank(1) } }, { deadlineMs: 0 }));
      expect(late.reason).toBe('DEADLINE_EXCEEDED');
      const cancel = new AbortController();
      const call = platform.family.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: blank(16) } }, { signal: cancel.signal });
      cancel.abort();
      expect((await refusal(call)).reason).toBe('CANCELLED');
    });
  });

  describe('model', () => {
    const version = (value: number) => ({ name: 'digits', target: { $case: 'version' as const, value } });
    const label = (value: string) => ({ name: 'digits', target: { $case: 'label' as const, value } });

    it.each([
      ['no model', undefined, 'INVALID_FIELD', /model.name: is empty/],
      ['an unknown model', { name: 'numbers' }, 'MODEL_NOT_FOUND', /numbers/],
      ['an unknown version', version(7), 'VERSION_NOT_FOUND', /model 'digits' has no version 7; it has version 1, labels production -> 1; use one of these/],
      ['version 0', version(0), 'INVALID_FIELD', /versions count from 1/],
      ['an unknown label', label('canary'), 'LABEL_NOT_FOUND', /model 'digits' has no label 'canary'; it has version 1, labels production -> 1/],
      ['a model without the default label', { name: 'unpromoted' }, 'LABEL_NOT_FOUND', /model 'unpromoted' has no label 'production'; it has version 1, no label; name a version, or promote one/],
    ])('refuses %s, saying what there is', async (_, model, reason, message) => {
      const error = await refusal(platform.family.cnn.classify({ model, input: { $case: 'batch', value: blank(1) } }));
      expect(error.reason).toBe(reason);
      expect(error.message).toMatch(message);
    });

    it('loads a version without a label when it is asked for', async () => {
      const model = { name: 'unpromoted', target: { $case: 'version' as const, value: 1 } };
      expect((await platform.family.cnn.classify({ model, input: { $case: 'batch', value: blank(2) } })).modelVersion).toBe(1n);
      expect(platform.service.log.some((line) => line['version'] === 'unpromoted/1' && line.msg === 'version loaded')).toBe(true);
    });

    it('moves to a newly promoted version and lets go of the old one, with no request refused', async () => {
      await platform.weightsOf(await platform.train({ model: 'digits', dataset: 'digits', spec: tinySpec, options: { epochs: 1, seed: 2 } }));
      const seen = new Set<bigint>();
      const asking = (async () => {
        for (const until = Date.now() + 20_000; !seen.has(2n) && Date.now() < until; ) seen.add((await classify({ $case: 'batch', value: blank(1) })).modelVersion);
      })();
      await platform.control.models.promoteVersion({ model: 'digits', version: 2 });
      await asking;
      expect([...seen].at(-1)).toBe(2n);
      await platform.service.line((line) => line['version'] === 'digits/1' && line.msg === 'version unloaded');
      const health = await platform.family.health.check({ service: 'digits' });
      expect(health.status).toBe(1);
    });
  });

  describe('training', () => {
    const train = (request: Parameters<Client['train']>[0]) => refusal(platform.family.cnn.train({ model: 'm', dataset: 'digits', ...request }));

    it('refuses a request without names, and an unknown data set', async () => {
      expect((await train({ model: '', dataset: '' })).violations.map(({ field }) => field)).toEqual(['model', 'dataset']);
      expect((await train({ dataset: 'nothing' })).reason).toBe('DATASET_NOT_FOUND');
      expect((await train({ model: 'Bad Name' })).reason).toBe('INVALID_FIELD');
    });

    it('names every bad field by its path', async () => {
      const error = await train({
        spec: { layers: [{ layer: { $case: 'conv2d', value: { filters: 5000, kernelSize: 40 } } }, { layer: { $case: 'dropout', value: { rate: 2 } } }] },
        options: { epochs: 20_000, learningRate: -1, augmentation: { shift: 0.9 } },
      });
      expect(error.reason).toBe('INVALID_FIELD');
      expect(error.violations.map(({ field }) => field)).toEqual([
        'spec.layers[0].conv2d.filters',
        'spec.layers[0].conv2d.kernel_size',
        'spec.layers[1].dropout.rate',
        'options.epochs',
        'options.learning_rate',
        'options.augmentation.shift',
      ]);
    });

    it('takes a spec that says nothing as none', async () => {
      const jobs = [await platform.train({ model: 'empty', dataset: 'digits', spec: {} }), await platform.train({ model: 'empty', dataset: 'digits' })];
      for (const { id } of jobs) await platform.control.training.cancelJob({ id });
      const [empty, none] = jobs.map(({ specJson }) => (JSON.parse(specJson) as { spec: { layers: object[] } }).spec);
      expect(empty!.layers.length).toBeGreaterThan(3);
      expect(empty).toEqual(none);
    });

    it('answers a repeated request with the same job', async () => {
      const request = { model: 'again', dataset: 'digits', spec: tinySpec, options: { epochs: 1 }, idempotencyKey: 'once' };
      const [first, second] = [await platform.train(request), await platform.train(request)];
      expect(second.id).toBe(first.id);
      await platform.events(first.id);
    });
  });
});
