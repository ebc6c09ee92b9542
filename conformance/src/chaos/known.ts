import { tensorFromUint8, tensorToFloat32, uploadDataset, waitUntilServing, watchJob, type QuartetClient, type Input, type UploadFile } from '@quartet/client';
import { DatasetFormat, JobState, type cnn, type Job, type Tensor } from '@quartet/contracts';

export const SIDE = 8;
export const MODEL = 'shapes';
export const TELLER = 'teller';
export const DATASET = 'squares';
/** Texts are generated from so many seeds. */
const TEXTS = 3;
/** Different images, so that an answer that went to another caller's request is noticed. */
const IMAGES = 12;
export const WORDS = ['the', ' cat', ' sleeps', ' by', ' the', ' river'];

/** What a platform that nothing disturbs answers. */
export interface Known {
  readonly images: readonly Tensor[];
  /** Logits of each image, by version. */
  readonly logits: ReadonlyMap<bigint, readonly Float32Array[]>;
  /** By seed. */
  readonly texts: readonly string[];
  /** The next token's probabilities after each word. */
  readonly steps: readonly Float32Array[];
  /** SHA-256 of the weights, by the seed of the training. */
  readonly weights: ReadonlyMap<bigint, string>;
}

/** An IDX file: magic, sizes, data. */
function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = 8;
  header[3] = shape.length;
  shape.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, data]);
}

/** Squares that are bright above, or below, each a little different. */
const pixels = (count: number, shade: number): Uint8Array =>
  Uint8Array.from({ length: count * SIDE * SIDE }, (_, at) => {
    const [image, row] = [Math.floor(at / SIDE / SIDE), Math.floor(at / SIDE) % SIDE];
    return row < SIDE / 2 === (image % 2 === 0) ? 180 + ((at * 13 + shade) % 70) : (at * 7 + image * 5 + shade) % 60;
  });

const file = (path: string, source: Buffer): UploadFile => ({ path, source, size: source.length });

/** A data set of squares. @param shade Another one gives other data. */
export function squares(shade = 0): UploadFile[] {
  const part = (name: string, count: number): UploadFile[] => [
    file(`${name}-images-idx3-ubyte`, idx([count, SIDE, SIDE], pixels(count, shade))),
    file(`${name}-labels-idx1-ubyte`, idx([count], Uint8Array.from({ length: count }, (_, at) => at % 2))),
  ];
  return [...part('train', 64), ...part('t10k', 16)];
}

export const uploadSquares = (client: QuartetClient, name: string, shade = 0, deadlineMs = 60_000) =>
  uploadDataset(client, name, { format: DatasetFormat.DATASET_FORMAT_IDX, validationShare: 0.25 }, squares(shade), { deadlineMs });

/** A training of some seconds with a checkpoint every few hundred milliseconds. */
export const trainRequest = (model: string, seed: bigint, idempotencyKey = ''): Input<cnn.TrainRequest> => ({
  model,
  dataset: DATASET,
  spec: { layers: [{ layer: { $case: 'flatten', value: {} } }, { layer: { $case: 'dense', value: { units: 8 } } }, { layer: { $case: 'dropout', value: { rate: 0.2 } } }] },
  options: { epochs: 80, batchSize: 16, seed, checkpointEverySteps: 40 },
  idempotencyKey,
});

/** Uploads data, trains two versions of a classifier and a language model, and asks for everything that is asked for later. */
export async function teach(client: QuartetClient): Promise<Known> {
  for (const name of ['dataset.v1.DatasetService', 'cnn.v1.CnnService', 'rnn.v1.RnnService']) await waitUntilServing(client, { service: `quartet.${name}`, timeoutMs: 180_000 });
  await uploadSquares(client, DATASET);
  const lines = Array.from({ length: 40 }, (_, at) => `the ${['cat', 'dog', 'bird'][at % 3]} ${['sleeps', 'runs'][at % 2]} by the ${['river', 'house'][at % 2]}`);
  await uploadDataset(client, 'tales', { format: DatasetFormat.DATASET_FORMAT_TEXT_CSV, validationShare: 0.1, testShare: 0.1 }, [file('tales.csv', Buffer.from(`text\n${lines.join('\n')}\n`))]);
  const jobs = [
    await client.cnn.train(trainRequest(MODEL, 1n)),
    await client.rnn.trainLanguageModel({ model: TELLER, dataset: 'tales', network: { units: 8, dropout: 0 }, text: { embedding: 4 }, window: 8, options: { epochs: 2, batchSize: 16, seed: 1n } }),
  ];
  await finished(client, jobs[0]!);
  jobs.push(await client.cnn.train(trainRequest(MODEL, 2n)));
  for (const job of jobs) await finished(client, job);
  await client.models.promoteVersion({ model: MODEL, version: 1n });
  await client.models.promoteVersion({ model: TELLER, version: 1n });
  const images = Array.from({ length: IMAGES }, (_, at) => tensorFromUint8(pixels(IMAGES, 3).subarray(at * SIDE * SIDE, (at + 1) * SIDE * SIDE), [1, SIDE, SIDE, 1]));
  const logits = new Map<bigint, Float32Array[]>();
  const weights = new Map<bigint, string>();
  for (const version of [1n, 2n]) {
    const model = { name: MODEL, target: { $case: 'version' as const, value: version } };
    const answers: Float32Array[] = [];
    for (const image of images) {
      const { logits: found } = await client.cnn.classify({ model, input: { $case: 'batch', value: image }, includeLogits: true });
      answers.push(tensorToFloat32(found!));
    }
    logits.set(version, answers);
    weights.set(version, (await client.models.getVersion({ model })).weightsSha256);
  }
  const texts: string[] = [];
  for (let seed = 0; seed < TEXTS; seed += 1) texts.push(await textOf(client, seed));
  return { images, logits, texts, steps: await stepsOf(client), weights };
}

async function finished(client: QuartetClient, job: Job): Promise<void> {
  for await (const _ of watchJob(client, job.id));
  const { state, error } = await client.training.getJob({ id: job.id });
  if (state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`the training of ${job.model} ended as ${JobState[state]}: ${error}`);
}

/** Generates a text and compares the stream with its end. @param known What it must be the start of, as far as it comes. */
export async function textOf(client: QuartetClient, seed: number, options: { signal?: AbortSignal; deadlineMs?: number } = {}, known?: string): Promise<string> {
  let text = '';
  for await (const { message } of client.rnn.generate({ model: { name: TELLER }, prompt: 'the ', maxTokens: 24, seed: BigInt(seed) }, options)) {
    if (message?.$case === 'token') text += message.value.text;
    if (message?.$case === 'end') {
      if (message.value.text !== text) throw new WrongAnswer(`a text that was streamed as ${JSON.stringify(text)} and told as ${JSON.stringify(message.value.text)}`);
      return text;
    }
    if (known !== undefined && !known.startsWith(text)) throw new WrongAnswer(`the text ${JSON.stringify(text)}, expected ${JSON.stringify(known)}`);
  }
  throw new WrongAnswer(`a stream that ended with OK and without an end after ${JSON.stringify(text)}`);
}

async function stepsOf(client: QuartetClient): Promise<Float32Array[]> {
  const outputs: Float32Array[] = [];
  const requests = [{ message: { $case: 'open' as const, value: { model: { name: TELLER } } } }, ...WORDS.map((value) => ({ message: { $case: 'text' as const, value } }))];
  for await (const { message } of client.rnn.step(requests)) if (message?.$case === 'output') outputs.push(tensorToFloat32(message.value.output!));
  if (outputs.length !== WORDS.length) throw new Error(`${outputs.length} outputs of ${WORDS.length} words`);
  return outputs;
}

/** An answer of a call that succeeded, and that isn't the known one. */
export class WrongAnswer extends Error {}

/** Numbers of which a batch of another size changes the last bits. */
export function expectClose(what: string, received: Float32Array, expected: Float32Array | undefined): void {
  const close = expected !== undefined && received.length === expected.length && received.every((value, at) => Math.abs(value - expected[at]!) < 1e-4);
  if (!close) throw new WrongAnswer(`${what}: received ${Array.from(received).join(', ')}, expected ${expected ? Array.from(expected).join(', ') : 'another version'}`);
}
