import { tensorToFloat32, type QuartetClient } from '@quartet/client';
import type { cnn, rnn } from '@quartet/contracts';
import type { Input } from '@quartet/client';
import { expectClose, MODEL, TELLER, textOf, uploadSquares, WORDS, WrongAnswer, type Known } from './known';
import type { LoadContext } from './ledger';
import { Random } from './random';

export interface Caller {
  readonly name: string;
  /** Calls until the signal aborts, and waits for the last answer. */
  run(signal: AbortSignal): Promise<void>;
}

/** So that the load is broad rather than heavy: faults are what is to keep the platform busy. */
const PAUSE_MS = 30;
/** status.CANCELLED */
const CANCELLED = 1;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All that call the platform while it is disturbed, but for those that train. */
export function callers(context: LoadContext, vanishing: QuartetClient, known: Known, seed: number): Caller[] {
  const { client, ledger } = context;
  const caller = (name: string, at: number, once: (random: Random) => Promise<unknown>): Caller => ({
    name,
    async run(signal) {
      const random = new Random(seed, 100 + at);
      while (!signal.aborted) {
        await once(random);
        await pause(random.between(0, 2 * PAUSE_MS));
      }
    },
  });
  /** Of the production version, whichever that is now, or of a version by its number. */
  const drawn = (random: Random) => ({ at: random.below(known.images.length), wanted: random.pick([undefined, undefined, 1n, 2n]) });
  const checked = (what: string, logits: Float32Array, at: number, answered: bigint, wanted: bigint | undefined): void => {
    if (wanted !== undefined && wanted !== answered) throw new WrongAnswer(`${what}: version ${answered} answered for version ${wanted}`);
    expectClose(`${what}, image ${at}, version ${answered}`, logits, known.logits.get(answered)?.[at]);
  };
  const requestOf = (at: number, wanted: bigint | undefined): Input<cnn.ClassifyRequest> => ({
    model: { name: MODEL, ...(wanted ? { target: { $case: 'version', value: wanted } } : {}) },
    input: { $case: 'batch', value: known.images[at]! },
    includeLogits: true,
  });

  const classify = async (random: Random): Promise<unknown> => {
    const { at, wanted } = drawn(random);
    return ledger.answer('classify', async (deadlineMs) => {
      const { logits, modelVersion } = await client.cnn.classify(requestOf(at, wanted), { deadlineMs });
      checked('classify', tensorToFloat32(logits!), at, modelVersion, wanted);
    });
  };
  const infer = async (random: Random): Promise<unknown> => {
    const { at, wanted } = drawn(random);
    const id = `${random.below(1e9)}`;
    return ledger.answer('open inference', async (deadlineMs) => {
      const image = known.images[at]!;
      const request = { modelName: MODEL, modelVersion: wanted ? `${wanted}` : '', id, inputs: [{ name: 'images', datatype: 'UINT8', shape: image.shape }], outputs: [{ name: 'logits' }], rawInputContents: [image.data] };
      const answer = await client.inference.modelInfer(request, { deadlineMs });
      if (answer.id !== id) throw new WrongAnswer(`open inference: the answer to ${answer.id} went to ${id}`);
      const bytes = Buffer.from(answer.rawOutputContents[0]!);
      checked('open inference', Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i)), at, BigInt(answer.modelVersion), wanted);
    });
  };
  const generate = async (random: Random): Promise<unknown> => {
    const which = random.below(known.texts.length);
    return ledger.answer('generate', async (deadlineMs) => {
      const text = await textOf(client, which, { deadlineMs }, known.texts[which]);
      if (text !== known.texts[which]) throw new WrongAnswer(`generate: ${JSON.stringify(text)}, expected ${JSON.stringify(known.texts[which])}`);
    });
  };
  const read = async (): Promise<unknown> =>
    ledger.answer('list versions', async (deadlineMs) => {
      const { versions } = await client.models.listVersions({ model: MODEL }, { deadlineMs });
      const found = versions.map(({ weightsSha256 }) => weightsSha256).sort().join();
      if (found !== [...known.weights.values()].sort().join()) throw new WrongAnswer(`list versions: ${versions.length} versions with the weights ${found}`);
    });
  let uploads = 0;
  const upload = async (random: Random): Promise<unknown> => {
    const name = `upload-${(uploads += 1)}`;
    const shade = random.below(200);
    const first = await ledger.answer('upload', (deadlineMs) => uploadSquares(client, name, shade, 2 * deadlineMs));
    const found = await ledger.answer('get data set', (deadlineMs) => client.datasets.getDataset({ name }, { deadlineMs }));
    if (first && found && first.digest !== found.digest) context.journal.find(`upload: ${name} was answered with digest ${first.digest} and is there with ${found.digest}`);
    return pause(500);
  };
  /** Gives too little time, or leaves before the answer. */
  const impatient = async (random: Random): Promise<unknown> => {
    const { at, wanted } = drawn(random);
    const ms = random.between(1, 25);
    if (random.chance(0.5)) return ledger.once('short deadline', () => client.cnn.classify(requestOf(at, wanted), { deadlineMs: ms }));
    const leave = new AbortController();
    setTimeout(() => leave.abort(), ms);
    const call = random.chance(0.5) ? () => client.cnn.classify(requestOf(at, wanted), { signal: leave.signal }) : () => textOf(client, 0, { signal: leave.signal });
    return ledger.once('cancelled by the caller', call, { allowed: [CANCELLED] });
  };
  /** Its connection is cut now and then; what it held must be given back. */
  const vanishes = async (random: Random): Promise<unknown> =>
    random.chance(0.5)
      ? ledger.once('vanishing session', () => session(vanishing, known, 6_000, () => pause(30)))
      : ledger.once('vanishing upload', () => uploadSquares(vanishing, `vanished-${random.below(1e9)}`, random.below(200), 10_000));

  return [
    ...[0, 1, 2].map((at) => caller(`classify ${at}`, at, classify)),
    ...[3, 4].map((at) => caller(`infer ${at}`, at, infer)),
    caller('generate', 5, generate),
    caller('session', 6, () => ledger.answer('session', (deadlineMs) => session(client, known, 2 * deadlineMs))),
    caller('read', 7, read),
    caller('upload', 8, upload),
    caller('impatient', 9, impatient),
    caller('vanishing', 10, vanishes),
  ];
}

/** A live sequence, word by word, whose state is exported now and then: one that breaks goes on from there, on whatever process takes it. */
async function session(client: QuartetClient, known: Known, deadlineMs: number, between: () => Promise<void> = () => Promise.resolve()): Promise<void> {
  let next = 0;
  let state: Uint8Array = new Uint8Array();
  let kept = 0;
  async function* requests(): AsyncGenerator<Input<rnn.StepRequest>> {
    yield { message: { $case: 'open', value: { model: { name: TELLER }, state } } };
    for (let at = kept; at < WORDS.length; at += 1) {
      await between();
      yield { message: { $case: 'text', value: WORDS[at]! } };
      if (at % 2 === 1) yield { message: { $case: 'export', value: {} } };
    }
  }
  for (let tries = 0; ; tries += 1) {
    next = kept;
    try {
      for await (const { message } of client.rnn.step(requests(), { deadlineMs })) {
        if (message?.$case === 'output') {
          expectClose(`session, word ${next}`, tensorToFloat32(message.value.output!), known.steps[next]);
          next += 1;
        }
        if (message?.$case === 'state') {
          state = message.value;
          kept = next;
        }
      }
      if (next !== WORDS.length) throw new WrongAnswer(`session: ${next} answers to ${WORDS.length} words, and OK`);
      return;
    } catch (error) {
      // Once it has a state it goes on by itself; before that it is the request that is sent again.
      if (error instanceof WrongAnswer || kept === 0 || tries >= 3) throw error;
      await pause(200);
    }
  }
}
