import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { tensorFromFloat32, tensorFromInt32, tensorFromUint8, tensorToFloat32, uploadDataset, type Input } from '@quartet/client';
import { DatasetFormat, type cnn, type QuartetError, type Version } from '@quartet/contracts';
import { runForFile, testClip } from '@quartet/data/dist/platform-testing/video';
import { idxFiles, mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import sharp from 'sharp';
import { tinySpec } from './testing/platform';
import { fileOf, FRAMES, moving, SIDE, VideoPlatform, WAY_NAMES } from './testing/video-platform';

type Request = Input<cnn.ClassifyVideoRequest>;
type Message = Input<cnn.ClassifyStreamRequest>;

const PIXELS = SIDE * SIDE;
const model = { name: 'ways' };
const CLASSES = { right: 0, left: 1, down: 2, up: 3 } as const;
const encoded = (value: Uint8Array) => ({ content: { $case: 'encoded' as const, value } });
const clips = (...list: Input<cnn.Clip>[]): Request['input'] => ({ $case: 'clips', value: { clips: list } });
const batchOf = (...list: Uint8Array[]): Request['input'] => ({ $case: 'batch', value: tensorFromUint8(Buffer.concat(list), [list.length, FRAMES, SIDE, SIDE]) });
const refusal = (call: Promise<unknown>): Promise<QuartetError> => call.then(() => Promise.reject(new Error('was accepted')), (error: QuartetError) => error);

describe('videos', () => {
  let platform: VideoPlatform;
  let frames: Version;
  let volumes: Version;

  const classify = (input: Request['input'], rest: Omit<Request, 'input'> = {}) => platform.client.cnn.classifyVideo({ model, ...rest, input });

  beforeAll(async () => {
    platform = await VideoPlatform.start({ QUARTET_CNN_MAX_STREAMS: '2', QUARTET_MAX_STREAM_FRAMES: '40', QUARTET_VIDEO_IDLE_MS: '4000', QUARTET_MAX_VIDEO_SECONDS: '20' });
    await platform.uploadClips('ways', 240, 80);
    const digits = [...idxFiles('train', await mnist('train', 60)), ...idxFiles('t10k', await mnist('t10k', 20))];
    await uploadDataset(platform.client, 'digits', { format: DatasetFormat.DATASET_FORMAT_IDX }, digits);
    [frames, volumes] = [
      await platform.trainVideo({ model: 'ways', dataset: 'ways', options: { seed: 1, epochs: 10, batchSize: 16, learningRate: 0.005 } }),
      await platform.trainVideo({ model: 'volumes', dataset: 'ways', spec: { architecture: { $case: 'conv3d', value: { filters: [8, 16] } } }, options: { seed: 1, epochs: 8, batchSize: 16, learningRate: 0.005 } }),
    ];
    await platform.trainImages({ model: 'digits', dataset: 'digits', spec: tinySpec, options: { epochs: 1 } });
  }, 300_000);
  afterAll(() => platform?.stop());

  it('are learned by both kinds of network: which way a square moves, which no frame shows', () => {
    for (const { metrics, inputs } of [frames, volumes]) {
      expect(metrics['test/accuracy']).toBeGreaterThan(0.95);
      expect(metrics['test/examples']).toBe(80);
      expect(inputs).toEqual([{ name: 'clips', dtype: 'float32', shape: [-1n, BigInt(FRAMES), 16n, 16n, 1n] }]);
    }
    const { spec, classNames } = JSON.parse(frames.manifestJson) as { spec: object; classNames: string[] };
    expect(spec).toMatchObject({ inputShape: [FRAMES, SIDE, SIDE, 1], architecture: { kind: 'frames', filters: [16, 32], motion: true, temporalLayers: 1, dropout: 0.2, batchNormalization: false } });
    expect(classNames).toEqual(['0', '1', '2', '3']);
  });

  it('are answered alike as a batch, as frames and as a file', async () => {
    const all = WAY_NAMES.map((way, at) => moving(way, 400 + at));
    const floats = Float32Array.from(Buffer.concat(all), (value) => value / 255);
    const answers = [
      await classify(batchOf(...all), { topK: 4, includeLogits: true }),
      await classify({ $case: 'batch', value: tensorFromFloat32(floats, [4, FRAMES, SIDE, SIDE, 1]) }, { topK: 4 }),
      await classify(clips(...all.map((clip) => ({ content: { $case: 'frames' as const, value: tensorFromUint8(clip, [FRAMES, SIDE, SIDE]) } }))), { topK: 4 }),
      await classify(clips(...all.map((clip) => encoded(fileOf(clip)))), { topK: 4 }),
    ];
    answers.forEach(({ results, modelVersion }, kind) => {
      expect(modelVersion).toBe(1n);
      results.forEach(({ classes, windows }, row) => {
        expect(classes[0]!.index).toBe(row);
        expect(windows).toEqual([]);
        expect(classes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 4);
        // A file loses a little.
        expect(Math.abs(classes[0]!.probability - answers[0]!.results[row]!.classes[0]!.probability)).toBeLessThan(kind === 3 ? 0.2 : 1e-4);
      });
    });
    const logits = tensorToFloat32(answers[0]!.logits!).subarray(0, 4);
    const total = logits.reduce((sum, value) => sum + Math.exp(value), 0);
    expect(answers[0]!.results[0]!.classes[0]!.probability).toBeCloseTo(Math.exp(logits[0]!) / total, 4);
  });

  it('of any size, length and kind are taken, resized and thinned out', async () => {
    const { results } = await classify(clips(encoded(readFileSync(testClip('bikes.mp4'))), encoded(readFileSync(testClip('carphone_pristine.mp4')))));
    expect(results).toHaveLength(2);
  });

  it('are watched window by window, and as a whole by the mean of these', async () => {
    const file = fileOf(Buffer.concat([moving('right', 3, 12), moving('up', 5, 12)]));
    const { results, logits } = await classify(clips(encoded(file)), { sampling: { framesPerSecond: 10, stride: 3 }, topK: 4, includeLogits: true });
    const { windows, classes } = results[0]!;
    expect(windows.map(({ startSeconds, endSeconds }) => [startSeconds, endSeconds].map((seconds) => Math.round(seconds * 10)))).toEqual([[0, 6], [3, 9], [6, 12], [9, 15], [12, 18], [15, 21], [18, 24]]);
    const ways = windows.map((window) => window.classes[0]!.index);
    expect([ways.slice(0, 3), ways.slice(4)]).toEqual([[CLASSES.right, CLASSES.right, CLASSES.right], [CLASSES.up, CLASSES.up, CLASSES.up]]);
    expect(new Set(classes.slice(0, 2).map(({ index }) => index))).toEqual(new Set([CLASSES.right, CLASSES.up]));
    expect(tensorToFloat32(logits!)).toHaveLength(4);
  });

  describe('ClassifyVideo', () => {
    const good = () => encoded(fileOf(moving('up', 1)));
    it.each<[string, () => Request['input'], Omit<Request, 'input'>, string, string, RegExp]>([
      ['nothing', () => undefined, {}, 'INVALID_FIELD', 'input', /is not set; send `clips`.*or `batch`/],
      ['an image', () => ({ $case: 'batch', value: tensorFromUint8(new Uint8Array(PIXELS), [1, SIDE, SIDE, 1]) }), {}, 'SHAPE_MISMATCH', 'batch.shape', /received \[1, 16, 16, 1, 1\], expected \[-1, 6, 16, 16, 1\]/],
      ['another number of frames', () => ({ $case: 'batch', value: tensorFromUint8(new Uint8Array(5 * PIXELS), [1, 5, SIDE, SIDE, 1]) }), {}, 'SHAPE_MISMATCH', 'batch.shape', /received \[1, 5, 16, 16, 1\], expected/],
      ['a wrong dtype', () => ({ $case: 'batch', value: tensorFromInt32(new Int32Array(FRAMES * PIXELS), [1, FRAMES, SIDE, SIDE, 1]) }), {}, 'DTYPE_MISMATCH', 'batch.dtype', /DATA_TYPE_INT32/],
      ['too many clips', () => batchOf(...Array.from({ length: 17 }, () => moving('up', 1))), {}, 'BATCH_TOO_LARGE', 'batch.shape', /received 17 clips, expected at most 16 \(QUARTET_MAX_BATCH\)/],
      ['no clip', () => clips(), {}, 'EMPTY_BATCH', 'clips.clips', /received no clip, expected 1 to 16/],
      ['an empty clip', () => clips(good(), {}), {}, 'INVALID_FIELD', 'clips.clips[1]', /is empty; expected a video file in `encoded`, or \[6, 16, 16, 1\] in `frames`/],
      ['frames of a wrong size', () => clips({ content: { $case: 'frames', value: tensorFromUint8(new Uint8Array(6 * 64), [6, 8, 8]) } }), {}, 'SHAPE_MISMATCH', 'clips.clips[0].frames.shape', /received \[6, 8, 8, 1\], expected \[6, 16, 16, 1\]/],
      ['what is no video', () => clips(good(), encoded(Buffer.from('no video at all'))), {}, 'UNDECODABLE_VIDEO', 'clips.clips[1].encoded', /can't be decoded \(.+\); expected a complete video file/],
      ['a video that is too long', () => clips(encoded(runForFile(['-f', 'lavfi', '-i', 'testsrc=size=16x16:rate=1:duration=30', '-pix_fmt', 'yuv420p'], 'mp4'))), {}, 'UNDECODABLE_VIDEO', 'clips.clips[0].encoded', /over 20 s; expected at most 20 s \(QUARTET_MAX_VIDEO_SECONDS\)/],
      ['more classes than there are', () => clips(good()), { topK: 5 }, 'INVALID_FIELD', 'top_k', /is 5; the model has 4 classes/],
      ['a rate that cannot be', () => clips(good()), { sampling: { framesPerSecond: -1 } }, 'INVALID_FIELD', 'sampling.frames_per_second', /is -1, expected a number above 0, at most 240/],
      ['a stride without a rate', () => clips(good()), { sampling: { stride: 2 } }, 'INVALID_FIELD', 'sampling.stride', /is 2, but frames_per_second is 0/],
      ['a rate of what has no time', () => batchOf(moving('up', 1)), { sampling: { framesPerSecond: 5 } }, 'INVALID_FIELD', 'sampling', /it is for encoded clips/],
      ['a clip shorter than a window', () => clips(good()), { sampling: { framesPerSecond: 5 } }, 'INVALID_FIELD', 'clips.clips[0].encoded', /has 3 frames at 5 a second, expected at least 6, which the model sees at once; raise sampling\.frames_per_second/],
    ])('refuses %s, naming the field', async (_, input, rest, reason, field, description) => {
      const error = await refusal(classify(input(), rest));
      expect(error.message).toMatch(description);
      expect(error.reason).toBe(reason);
      expect(error.violations.map((violation) => violation.field)).toEqual([field]);
    });

    it('honours the deadline and the caller who leaves, while a file is decoded', async () => {
      const long = clips(...Array.from({ length: 8 }, () => encoded(readFileSync(testClip('bigbuckbunny.mp4')))));
      expect((await refusal(platform.client.cnn.classifyVideo({ model, input: long }, { deadlineMs: 400 }))).reason).toBe('DEADLINE_EXCEEDED');
      const cancel = new AbortController();
      const call = refusal(platform.client.cnn.classifyVideo({ model, input: long }, { signal: cancel.signal }));
      void setTimeout(200).then(() => cancel.abort());
      expect((await call).reason).toBe('CANCELLED');
    });
  });

  describe('a version of another kind is refused, with the call to make', () => {
    const image: Input<cnn.ClassifyRequest>['input'] = { $case: 'batch', value: tensorFromUint8(new Uint8Array(784), [1, 28, 28]) };
    it('images to a video model', async () => {
      for (const call of [platform.client.cnn.classify({ model, input: image }), platform.client.cnn.embed({ model, input: image })]) {
        expect(await refusal(call)).toMatchObject({ reason: 'WRONG_STATE', message: "model 'ways' version 1 takes videos, not images; call ClassifyVideo or ClassifyStream" });
      }
    });
    it('videos to an image model', async () => {
      const expected = { reason: 'WRONG_STATE', message: "model 'digits' version 1 takes images, not videos; call Classify" };
      expect(await refusal(platform.client.cnn.classifyVideo({ model: { name: 'digits' }, input: batchOf(moving('up', 1)) }))).toMatchObject(expected);
      expect(await refusal(stream([start({ model: { name: 'digits' } })]))).toMatchObject(expected);
    });
    it('data sets as well', async () => {
      expect((await refusal(platform.client.cnn.train({ model: 'm', dataset: 'ways' }))).message).toBe("dataset: 'ways' holds a video; Train trains on images; call TrainVideo");
      expect((await refusal(platform.client.cnn.trainVideo({ model: 'm', dataset: 'digits' }))).message).toBe("dataset: 'digits' holds data of kind image; TrainVideo trains on videos; call Train");
    });
  });

  it('are called by the Open Inference Protocol', async () => {
    const metadata = await platform.client.inference.modelMetadata({ name: 'ways' });
    expect(metadata.inputs.map(({ name, shape }) => [name, shape])).toEqual([['clips', [-1n, 6n, 16n, 16n, 1n]]]);
    const clip = moving('left', 9);
    const response = await platform.client.inference.modelInfer({ modelName: 'ways', inputs: [{ name: 'clips', datatype: 'UINT8', shape: [1n, 6n, 16n, 16n, 1n] }], rawInputContents: [Buffer.from(clip)] });
    const at = response.outputs.findIndex(({ name }) => name === 'probabilities');
    const typed = await classify(batchOf(clip), { topK: 4 });
    const row = Float32Array.from({ length: 4 }, (_, index) => response.rawOutputContents[at]!.readFloatLE(4 * index));
    for (const { index, probability } of typed.results[0]!.classes) expect(row[index]).toBeCloseTo(probability, 5);
    const bad = await refusal(platform.client.inference.modelInfer({ modelName: 'ways', inputs: [{ name: 'clips', datatype: 'UINT8', shape: [1n, 5n, 16n, 16n, 1n] }], rawInputContents: [Buffer.alloc(5 * PIXELS)] }));
    expect(bad.reason).toBe('SHAPE_MISMATCH');
  });

  describe('TrainVideo', () => {
    it('names every bad field by its path', async () => {
      const train = (request: Parameters<typeof platform.client.cnn.trainVideo>[0]) => refusal(platform.client.cnn.trainVideo({ model: 'm', dataset: 'ways', ...request }));
      const error = await train({ spec: { architecture: { $case: 'frames', value: { filters: [8, 0], dropout: 2, temporalLayers: 9 } } }, options: { epochs: 20_000, augmentation: { flipHorizontal: true } } });
      expect(error.violations.map(({ field }) => field)).toEqual(['spec.frames.filters[1]', 'spec.frames.dropout', 'spec.frames.temporal_layers', 'options.epochs', 'options.augmentation']);
      expect((await train({ spec: { architecture: { $case: 'conv3d', value: { filters: Array.from({ length: 9 }, () => 4) } } } })).violations).toEqual([{ field: 'spec.conv3d.filters', description: 'has 9 blocks, expected 1 to 8' }]);
      expect((await train({ model: '', dataset: '' })).violations.map(({ field }) => field)).toEqual(['model', 'dataset']);
      expect((await train({ dataset: 'nothing' })).reason).toBe('DATASET_NOT_FOUND');
    });
  });

  describe('a stream of frames', () => {
    const pixels = (data: Uint8Array): Message => ({ message: { $case: 'frame', value: { content: { $case: 'pixels', value: tensorFromUint8(data, [SIDE, SIDE]) } } } });
    const framesOf = (clip: Uint8Array): Uint8Array[] => Array.from({ length: clip.length / PIXELS }, (_, at) => clip.subarray(at * PIXELS, (at + 1) * PIXELS));

    it('is answered every so many frames as ClassifyVideo answers these frames', async () => {
      const all = framesOf(Buffer.concat([moving('down', 7, 9), moving('left', 8, 9)]));
      const [first, ...predictions] = await stream([start({ stride: 4, topK: 4 }), ...all.map(pixels)]);
      expect(first?.message).toEqual({ $case: 'started', value: { modelVersion: 1n, shape: [6n, 16n, 16n, 1n], stride: 4, idleTimeoutMs: 4000 } });
      const seen = predictions.map(({ message }) => message!.value as cnn.StreamPrediction);
      expect(seen.map(({ firstFrame, lastFrame }) => [Number(firstFrame), Number(lastFrame)])).toEqual([[0, 5], [4, 9], [8, 13], [12, 17]]);
      const whole = await classify(batchOf(...seen.map(({ firstFrame }) => Buffer.concat(all.slice(Number(firstFrame), Number(firstFrame) + FRAMES)))), { topK: 4 });
      seen.forEach(({ classes }, row) => {
        for (const { index, name, probability } of classes) {
          const same = whole.results[row]!.classes.find((score) => score.index === index)!;
          expect([name, Math.abs(same.probability - probability) < 1e-4]).toEqual([same.name, true]);
        }
      });
      expect([seen[0]!.classes[0]!.index, seen[3]!.classes[0]!.index]).toEqual([CLASSES.down, CLASSES.left]);
    });

    it('takes pictures of any size, and answers while frames still come', async () => {
      const live = new Live(start({}));
      expect((await live.next()).$case).toBe('started');
      for (const frame of framesOf(moving('right', 2))) {
        live.send({ message: { $case: 'frame', value: { content: { $case: 'encoded', value: await sharp(frame, { raw: { width: SIDE, height: SIDE, channels: 1 } }).resize(64, 64).png().toBuffer() } } } });
      }
      expect((await live.next()).value).toMatchObject({ firstFrame: 0n, lastFrame: 5n, classes: [{ index: CLASSES.right }] });
      live.end();
      await expect(live.next()).rejects.toThrow('ended');
    });

    it.each<[string, () => Message[], string, RegExp]>([
      ['frames before the start', () => [pixels(new Uint8Array(PIXELS))], 'INVALID_FIELD', /start: received a frame first, expected `start`/],
      ['nothing', () => [], 'INVALID_FIELD', /start: received no message first/],
      ['a second start', () => [start({}), start({})], 'INVALID_FIELD', /start: received a second one, expected a frame/],
      ['an empty message', () => [start({}), {}], 'INVALID_FIELD', /message: is not set, expected a frame/],
      ['too few frames', () => [start({}), ...framesOf(moving('up', 1, 5)).map(pixels)], 'INVALID_FIELD', /frame: received 5 in all, expected at least 6, which the model sees at once/],
      ['no frame', () => [start({})], 'EMPTY_BATCH', /frame: received 0 in all/],
      ['a frame of a wrong size', () => [start({}), pixels(new Uint8Array(PIXELS)), { message: { $case: 'frame', value: { content: { $case: 'pixels', value: tensorFromUint8(new Uint8Array(64), [8, 8]) } } } }], 'SHAPE_MISMATCH', /frame\[1\]\.pixels\.shape: received \[8, 8, 1\], expected \[16, 16, 1\]/],
      ['a frame that is no picture', () => [start({}), { message: { $case: 'frame', value: { content: { $case: 'encoded', value: Buffer.from('x') } } } }], 'UNDECODABLE_IMAGE', /frame\[0\]\.encoded: /],
      ['too many frames', () => [start({}), ...framesOf(moving('up', 1, 41)).map(pixels)], 'LIMIT_EXCEEDED', /received over 40 frames in one call \(QUARTET_MAX_STREAM_FRAMES\); open the stream again, beginning with the latest 6 frames/],
      ['more classes than there are', () => [start({ topK: 9 })], 'INVALID_FIELD', /start\.top_k: is 9; the model has 4 classes/],
      ['a stride beyond all', () => [start({ stride: 1_000_001 })], 'INVALID_FIELD', /start\.stride: is 1000001, expected at most 1000000/],
      ['an unknown model', () => [start({ model: { name: 'nothing' } })], 'MODEL_NOT_FOUND', /nothing/],
    ])('refuses %s', async (_, messages, reason, text) => {
      const error = await refusal(stream(messages()));
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    });

    it('is limited in number, freed by leaving, and ends when idle, late or cancelled', async () => {
      const [one, two] = [new Live(start({})), new Live(start({}))];
      await Promise.all([one.next(), two.next()]);
      const full = await refusal(stream([start({})]));
      expect(full.message).toBe('2 streams of frames are open in this service; the limit is 2 (QUARTET_CNN_MAX_STREAMS). Try again later, or add replicas.');
      expect(full.reason).toBe('QUEUE_FULL');
      await one.leave();
      const late = await opened({ deadlineMs: 2000 });
      expect((await refusal(late.next())).reason).toBe('DEADLINE_EXCEEDED');
      const idle = await refusal(two.next());
      expect(idle.message).toBe('received nothing for 4000 ms (QUARTET_VIDEO_IDLE_MS), expected a frame or the end of the stream; open it again');
      expect(idle.reason).toBe('DEADLINE_EXCEEDED');
      const cancel = new AbortController();
      const gone = await opened({ signal: cancel.signal });
      cancel.abort();
      expect((await refusal(gone.next())).reason).toBe('CANCELLED');
      for (const live of [await opened(), await opened()]) await live.leave();
    });
  });

  const start = (value: Input<cnn.StartStream>): Message => ({ message: { $case: 'start', value: { model, ...value } } });

  /** Opens a stream, once those that have left are gone from the service. */
  async function opened(options: { deadlineMs?: number; signal?: AbortSignal } = {}): Promise<Live> {
    for (let attempt = 0; ; attempt += 1) {
      const live = new Live(start({}), options);
      const first = await live.next().catch((error: QuartetError) => error);
      if ('$case' in first) return live;
      if (first.reason !== 'QUEUE_FULL' || attempt === 20) throw first;
      await setTimeout(100);
    }
  }

  /** Sends all messages and the end. */
  async function stream(messages: readonly Message[]): Promise<cnn.ClassifyStreamResponse[]> {
    const answers: cnn.ClassifyStreamResponse[] = [];
    for await (const answer of platform.client.cnn.classifyStream(iterate(messages))) answers.push(answer);
    return answers;
  }

  async function* iterate(messages: readonly Message[]): AsyncGenerator<Message> {
    yield* messages;
  }

  /** A stream that a test drives message by message. */
  class Live {
    readonly #pending: Message[];
    readonly #answers: AsyncGenerator<cnn.ClassifyStreamResponse>;
    #wake = (): void => undefined;
    #over = false;

    constructor(first: Message, options: { deadlineMs?: number; signal?: AbortSignal } = {}) {
      this.#pending = [first];
      this.#answers = platform.client.cnn.classifyStream(this.#messages(), options);
    }

    send(message: Message): void {
      this.#pending.push(message);
      this.#wake();
    }

    async next(): Promise<NonNullable<cnn.ClassifyStreamResponse['message']>> {
      const { value, done } = await this.#answers.next();
      if (done || !value.message) throw new Error('the stream has ended');
      return value.message;
    }

    end(): void {
      this.#over = true;
      this.#wake();
    }

    async leave(): Promise<void> {
      this.end();
      await this.#answers.return(undefined);
    }

    async *#messages(): AsyncGenerator<Message> {
      while (!this.#over || this.#pending.length > 0) {
        const next = this.#pending.shift();
        if (next) yield next;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }
});

