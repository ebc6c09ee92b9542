import { uploadDataset } from '@quartet/client';
import { cnn, DatasetFormat, rnn, type Version } from '@quartet/contracts';
import sharp from 'sharp';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';

const SIZE = 12;
const COLOURS = { red: [230, 30, 30], green: [30, 200, 60], blue: [40, 60, 230] } as const;
/** Which pixels are coloured; the others are black. */
const SHAPES: Record<string, (x: number, y: number) => boolean> = {
  square: (x, y) => Math.abs(x - 5.5) < 4 && Math.abs(y - 5.5) < 4,
  bar: (_, y) => y > 3 && y < 8,
};
const KINDS = Object.keys(COLOURS).flatMap((colour) => Object.keys(SHAPES).map((shape) => ({ colour: colour as keyof typeof COLOURS, shape })));
const OPTIONS = { epochs: 25, batchSize: 16, learningRate: 0.01, seed: 2n };

/** A picture, each a little darker or lighter than the others. */
function draw({ colour, shape }: (typeof KINDS)[number], variant: number): Promise<Buffer> {
  const pixels = Buffer.alloc(SIZE * SIZE * 3);
  for (let at = 0; at < SIZE * SIZE; at++) {
    const on = SHAPES[shape]!(at % SIZE, Math.floor(at / SIZE));
    if (on) pixels.set(COLOURS[colour].map((channel) => Math.max(0, channel - 4 * variant - ((at * 7 + variant * 13) % 11))), at * 3);
  }
  return sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 3 } }).png().toBuffer();
}

describe('captioning images', () => {
  let platform: Platform;
  let version: Version;
  let images: Buffer[];

  const train = (more: object = {}) =>
    platform.client.rnn.trainCaptioner({ model: 'names', dataset: 'captions', imageModel: { name: 'shapes' }, network: { units: 24, dropout: 0.1 }, text: { embedding: 12 }, options: OPTIONS, ...more });
  const caption = (list: Buffer[], more: object = {}) => platform.client.rnn.caption({ model: { name: 'names' }, images: list, ...more });

  beforeAll(async () => {
    platform = await Platform.start(['cnn']);
    const all = await Promise.all(KINDS.flatMap((kind) => Array.from({ length: 10 }, async (_, variant) => ({ kind, variant, bytes: await draw(kind, variant) }))));
    const file = (path: string, bytes: Buffer) => ({ path, source: bytes, size: bytes.length });
    const name = ({ kind, variant }: (typeof all)[number]): string => `${kind.colour}-${kind.shape}/${variant}.png`;
    await uploadDataset(platform.client, 'pictures', { format: DatasetFormat.DATASET_FORMAT_IMAGE_FOLDER }, all.map((each) => file(name(each), each.bytes)));
    const table = ['path,text', ...all.map((each) => `${name(each)},a ${each.kind.colour} ${each.kind.shape}`)].join('\n');
    await uploadDataset(platform.client, 'captions', { format: DatasetFormat.DATASET_FORMAT_CAPTIONS, testShare: 0.2 }, [file('captions.csv', Buffer.from(table)), ...all.map((each) => file(name(each), each.bytes))]);
    const layers: cnn.Layer['layer'][] = [{ $case: 'conv2d', value: cnn.Conv2d.create({ filters: 8 }) }, { $case: 'maxPool2d', value: cnn.Pool2d.create() }, { $case: 'flatten', value: {} }, { $case: 'dense', value: cnn.Dense.create({ units: 16 }) }];
    const spec = { layers: layers.map((layer) => ({ layer })) };
    await platform.version(await platform.client.cnn.train({ model: 'shapes', dataset: 'pictures', spec, options: { epochs: 12, batchSize: 16, learningRate: 0.01, seed: 1n } }));
    await platform.client.models.promoteVersion({ model: 'shapes', version: 1n });
    version = await platform.version(await train());
    await platform.client.models.promoteVersion({ model: 'names', version: version.version });
    images = await Promise.all(KINDS.map((kind) => draw(kind, 11)));
  });
  afterAll(() => platform?.stop());

  it('learns captions from embeddings, the version that made them in its manifest', () => {
    expect(version.metrics['test/sequenceErrorRate']).toBeLessThan(0.3);
    expect(version.metrics['test/chrf']).toBeGreaterThan(80);
    expect(version.metrics['test/retrievalChrf']).toBeGreaterThan(50);
    expect(JSON.parse(version.manifestJson)).toMatchObject({ spec: { task: 'caption', imageModel: { name: 'shapes', version: '1' } } });
  });

  it('captions pictures that it never saw, whatever else is in the batch', async () => {
    const { results, modelVersion } = await caption(images);
    expect(modelVersion).toBe(1n);
    const right = results.filter(({ captions: [best] }, at) => best!.text === `a ${KINDS[at]!.colour} ${KINDS[at]!.shape}`);
    expect(right.length).toBeGreaterThanOrEqual(5);
    const alone = await caption([images[4]!], { alternatives: 3 });
    expect(alone.results[0]!.captions[0]!.text).toBe(results[4]!.captions[0]!.text);
    const scores = alone.results[0]!.captions.map(({ score }) => score);
    expect(scores).toHaveLength(3);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  it('captions embeddings of the version that it was trained with, in a pipeline too, and no others', async () => {
    const input = { $case: 'images' as const, value: { images: images.map((value) => ({ content: { $case: 'encoded' as const, value } })) } };
    const embeddedBy = { name: 'shapes', target: { $case: 'version' as const, value: 1n } };
    const { embeddings } = await platform.client.cnn.embed({ model: embeddedBy, input });
    const texts = (response: rnn.CaptionResponse): string[] => response.results.map(({ captions: [best] }) => best!.text);
    const expected = texts(await caption(images));
    expect(texts(await platform.client.rnn.caption({ model: { name: 'names' }, embeddings, embeddedBy }))).toEqual(expected);
    const steps = [{ call: { $case: 'embed' as const, value: { model: { name: 'shapes' } } } }, { call: { $case: 'caption' as const, value: { model: { name: 'names' } } } }];
    const { steps: [last] } = await platform.client.pipelines.run({ pipeline: { steps }, input });
    expect(last!.output!.$case).toBe('captions');
    expect(texts(last!.output!.value as rnn.CaptionResponse)).toEqual(expected);
    expect(await platform.client.pipelines.validate({ pipeline: { steps } })).toEqual({ modelVersions: [1n, 1n] });
    const cases: [object, string][] = [
      [{ embeddings }, "embedded_by: received nothing; the captioner was trained on the embeddings of 'shapes' version 1, and knows no others"],
      [{ embeddings, embeddedBy: { name: 'shapes' } }, "embedded_by: received 'shapes' without a version"],
      [{ embeddings: { ...embeddings!, shape: [3n, 32n] }, embeddedBy }, 'embeddings.shape: received [3, 32], expected [images, 16]'],
      [{ embeddings: { ...embeddings!, data: Buffer.alloc(8) }, embeddedBy }, 'embeddings.data: received 8 bytes, expected 384'],
      [{ embeddings, embeddedBy, images: [images[0]!] }, 'embeddings: is set beside images; send the one or the other'],
    ];
    for (const [request, text] of cases) expect((await failure(platform.client.rnn.caption({ model: { name: 'names' }, ...request }))).message).toContain(text);
  });

  it('refuses what it cannot caption', async () => {
    const cases: [() => Promise<unknown>, string, string][] = [
      [() => caption([]), 'EMPTY_BATCH', 'images: received none, expected 1 to 16'],
      [() => caption(new Array<Buffer>(17).fill(images[0]!)), 'BATCH_TOO_LARGE', 'images: received 17, expected at most 16 (QUARTET_MAX_BATCH); split them into several calls'],
      [() => caption([images[0]!, Buffer.alloc(0)]), 'UNDECODABLE_IMAGE', 'images[1]: is empty; send a PNG or JPEG file'],
      [() => caption([images[0]!, Buffer.from('hello')]), 'UNDECODABLE_IMAGE', 'images[1]:'],
      [() => caption(images, { beamWidth: 40 }), 'INVALID_FIELD', 'beam_width: received 40, expected 1 (greedy) to 32, or 0 for 4'],
      [() => platform.client.rnn.translate({ model: { name: 'names' }, texts: ['hello'] }), 'WRONG_STATE', "model 'names' version 1 captions images; call Caption"],
      [() => train({ imageModel: undefined }), 'INVALID_FIELD', 'image_model.name: is empty; name a CNN model of this platform'],
      [() => train({ imageModel: { name: 'names' } }), 'WRONG_FAMILY', "image_model: 'names' is of FAMILY_RNN; a captioner looks at images through a CNN model"],
      [() => train({ imageModel: { name: 'nobody' } }), 'MODEL_NOT_FOUND', 'nobody'],
      [() => train({ dataset: 'pictures' }), 'UNUSABLE_DATASET', "dataset: 'pictures' holds a image; a captioner trains on images with captions"],
      [() => train({ network: { cell: rnn.Cell.CELL_SIMPLE, bidirectional: true } }), 'INVALID_FIELD', 'network.cell received CELL_SIMPLE, expected CELL_LSTM or CELL_GRU'],
      [() => train({ network: { gradients: rnn.GradientPolicy.GRADIENT_POLICY_APPLY } }), 'INVALID_FIELD', "network.gradients is set, but a caption's decoder doesn't take it; leave it out"],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect({ reason: error.reason, message: error.message }).toEqual({ reason, message: expect.stringContaining(text) });
    }
  });

  it('says what to do when the gateway is away', async () => {
    await platform.gateway.end('SIGKILL');
    const direct = platform.direct();
    const error = await failure(direct.rnn.caption({ model: { name: 'names' }, images: [images[0]!] }));
    direct.close();
    expect(error.reason).toBe('UNAVAILABLE');
    expect(error.message).toMatch(/^CNN model 'shapes' version 1, which embeds the images, can't be reached through the gateway at 127\.0\.0\.1:\d+ \(QUARTET_GATEWAY_ADDRESS\): .*Start the gateway and the CNN service$/);
  });
});
