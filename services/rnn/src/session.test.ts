import type { CallError} from '@quartet/client';
import { tensorFromFloat32, tensorFromInt32, tensorToFloat32, type Input, type QuartetClient } from '@quartet/client';
import { DatasetFormat, type rnn } from '@quartet/contracts';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';

type Message = Input<rnn.StepRequest>;

const [CHANNELS, LONGEST] = [2, 12];

/** Rising and falling lines with a wobble, of several lengths; the class is whether the first channel rises. */
const sequenceOf = (index: number): number[][] => {
  const rises = index % 2 === 0 ? 1 : -1;
  return Array.from({ length: 6 + (index % 7) }, (_, t) => [rises * t * 0.3 + Math.sin(index + t), Math.cos(index * t)].map((value) => Math.round(value * 1000) / 1000));
};
const rowOf = (index: number): string => `${[0, 1].map((channel) => sequenceOf(index).map((step) => step[channel]).join(',')).join(':')}:${index % 2 === 0 ? 'up' : 'down'}`;
const FILE = ['@univariate false', '@dimensions 2', '@classLabel true up down', '@data', ...Array.from({ length: 60 }, (_, index) => rowOf(index))].join('\n');

/** A session that a test drives message by message. */
class Driver {
  readonly #pending: Message[] = [];
  readonly #answers: AsyncGenerator<rnn.StepResponse>;
  #wake = (): void => undefined;
  #over = false;

  constructor(client: QuartetClient) {
    this.#answers = client.rnn.step(this.#messages());
  }

  async send(message: NonNullable<Message['message']>): Promise<NonNullable<rnn.StepResponse['message']>> {
    this.#pending.push({ message });
    this.#wake();
    return this.receive();
  }

  async receive(): Promise<NonNullable<rnn.StepResponse['message']>> {
    const { value, done } = await this.#answers.next();
    if (done || !value.message) throw new Error('the session has ended');
    return value.message;
  }

  async open(value: Input<rnn.OpenSession>): Promise<rnn.SessionOpened> {
    return (await this.send({ $case: 'open', value })).value as rnn.SessionOpened;
  }

  async step(values: readonly number[]): Promise<{ output: Float32Array; steps: number }> {
    const { output, steps } = (await this.send({ $case: 'values', value: tensorFromFloat32(Float32Array.from(values), [values.length]) })).value as rnn.StepOutput;
    return { output: tensorToFloat32(output!), steps: Number(steps) };
  }

  async export(): Promise<Buffer> {
    return (await this.send({ $case: 'export', value: {} })).value as Buffer;
  }

  async leave(): Promise<void> {
    this.#over = true;
    this.#wake();
    await this.#answers.return(undefined);
  }

  async *#messages(): AsyncGenerator<Message> {
    while (!this.#over) {
      const next = this.#pending.shift();
      if (next) yield next;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

describe('live sessions', () => {
  let platform: Platform;
  let replica: Awaited<ReturnType<Platform['replica']>>;
  const model = { name: 'slopes' };

  beforeAll(async () => {
    platform = await Platform.start();
    await platform.upload('lines', 'lines_TRAIN.ts', FILE, { format: DatasetFormat.DATASET_FORMAT_TS, validationShare: 0.1 });
    const options = { epochs: 2, seed: 1 };
    const train = (name: string, bidirectional: boolean) => platform.client.rnn.trainClassifier({ model: name, dataset: 'lines', ensemble: 2, network: { units: 8, layers: 2, bidirectional }, options });
    await platform.version(await train('slopes', false));
    await platform.version(await train('slopes', false));
    await platform.version(await train('both-ways', true));
    for (const name of ['slopes', 'both-ways']) await platform.client.models.promoteVersion({ model: name, version: 1n });
    replica = await platform.replica({ QUARTET_RNN_MAX_SESSIONS: '2', QUARTET_RNN_SESSION_IDLE_MS: '1500' });
  });
  afterAll(() => platform?.stop());

  const session = (client: QuartetClient = platform.client): Driver => new Driver(client);
  /** What Classify says of a whole sequence, by class index. */
  async function classify(sequence: readonly number[][]): Promise<number[]> {
    const { results } = await platform.client.rnn.classify({ model, topK: 2, sequences: [tensorFromFloat32(Float32Array.from(sequence.flat()), [sequence.length, CHANNELS])] });
    return [...results[0]!.classes].sort((a, b) => a.index - b.index).map(({ probability }) => probability);
  }

  it('answer after each step what the whole sequence so far is answered', async () => {
    const live = session();
    expect(await live.open({ model })).toEqual({ modelVersion: 1n, idleTimeoutMs: 300_000, steps: 0n });
    const sequence = sequenceOf(5);
    expect(sequence).toHaveLength(LONGEST - 1);
    for (let steps = 1; steps <= sequence.length; steps++) {
      const answer = await live.step(sequence[steps - 1]!);
      expect(answer.steps).toBe(steps);
      const whole = await classify(sequence.slice(0, steps));
      answer.output.forEach((probability, index) => expect(Math.abs(probability - whole[index]!)).toBeLessThan(1e-5));
    }
    await live.leave();
  });

  it('go on from an exported state on another replica, as if nothing had been between', async () => {
    const sequence = sequenceOf(4);
    const first = session();
    await first.open({ model });
    for (const step of sequence.slice(0, 5)) await first.step(step);
    const state = await first.export();
    const there = session(replica.client);
    expect(await there.open({ model, state })).toMatchObject({ steps: 5n });
    for (const step of sequence.slice(5)) {
      const [here, other] = [await first.step(step), await there.step(step)];
      expect(Array.from(other.output)).toEqual(Array.from(here.output));
      expect(other.steps).toBe(here.steps);
    }
    await Promise.all([first.leave(), there.leave()]);
  });

  it('refuse a state that was altered, cut off or is of something else', async () => {
    const live = session();
    await live.open({ model });
    await live.step([1, 2]);
    const state = await live.export();
    await live.leave();
    const open = (given: Uint8Array, of: Input<rnn.OpenSession>['model'] = model) => failure(session().open({ model: of, state: given }));
    const altered = Buffer.from(state);
    altered[altered.length - 40]! ^= 1;
    const cases: [Promise<CallError>, string, RegExp][] = [
      [open(altered), 'CORRUPT_DATA', /open\.state: its checksum doesn't fit: it was cut off or altered/],
      [open(state.subarray(0, state.length - 7)), 'CORRUPT_DATA', /its checksum doesn't fit/],
      [open(Buffer.from('nonsense')), 'CORRUPT_DATA', /received 8 bytes that are no exported state; send the bytes as ExportState gave them/],
      [open(state, { name: 'slopes', target: { $case: 'version', value: 2n } }), 'WRONG_STATE', /is of model 'slopes' version 1, but the session asks for 'slopes' version 2/],
    ];
    for (const [refusal, reason, text] of cases) {
      const error = await refusal;
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    }
  });

  it('say why a model that reads from both ends can have none', async () => {
    const error = await failure(session().open({ model: { name: 'both-ways' } }));
    expect(error.reason).toBe('WRONG_STATE');
    expect(error.message).toBe("model 'both-ways' version 1 reads sequences from both ends and so needs the future; train one with network.bidirectional false, or send whole sequences to Classify");
  });

  it('refuse steps that do not fit, naming the field, what was received and what to do', async () => {
    const cases: [NonNullable<Message['message']>, string, RegExp][] = [
      [{ $case: 'values', value: tensorFromFloat32(new Float32Array(3), [3]) }, 'SHAPE_MISMATCH', /values\.shape: received \[3\], expected \[2\]: one step at a time/],
      [{ $case: 'values', value: tensorFromFloat32(Float32Array.of(1, NaN), [2]) }, 'NOT_FINITE', /received NaN in row 0, column 1/],
      [{ $case: 'values', value: tensorFromInt32(new Int32Array(2), [2]) }, 'DTYPE_MISMATCH', /DATA_TYPE_INT32, expected DATA_TYPE_FLOAT32/],
      [{ $case: 'text', value: 'hello' }, 'INVALID_FIELD', /text: is set, but this model reads numbers; send `values`/],
      [{ $case: 'open', value: { model } }, 'INVALID_FIELD', /open: received again; a call is one session/],
    ];
    for (const [message, reason, text] of cases) {
      const live = session();
      await live.open({ model });
      const error = await failure(live.send(message));
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    }
    expect((await failure(session().step([1, 2]))).message).toMatch(/open: received values first, expected `open` with the model/);
  });

  it('are limited in number, freed by leaving, and end when they are idle', async () => {
    const [one, two] = [session(replica.client), session(replica.client)];
    await Promise.all([one.open({ model }), two.open({ model })]);
    const refused = await failure(session(replica.client).open({ model }));
    expect(refused.reason).toBe('QUEUE_FULL');
    expect(refused.message).toBe('2 sessions are open in this service; the limit is 2 (QUARTET_RNN_MAX_SESSIONS). Try again later, or add replicas.');
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    await one.leave();
    const idle = await failure(two.receive());
    expect(idle.reason).toBe('DEADLINE_EXCEEDED');
    expect(idle.message).toBe('the session was idle for 1500 ms (QUARTET_RNN_SESSION_IDLE_MS) and has ended; open another, from an exported state if there is one');
    const [three, four] = [session(replica.client), session(replica.client)];
    expect(await Promise.all([three.open({ model }), four.open({ model })])).toMatchObject([{ idleTimeoutMs: 1500 }, { idleTimeoutMs: 1500 }]);
    await Promise.all([three.leave(), four.leave()]);
  });

  it('are handed their state when the service shuts down', async () => {
    const leaving = await platform.replica();
    const live = session(leaving.client);
    await live.open({ model });
    await live.step([1, 2]);
    const ended = leaving.process.end('SIGTERM');
    const last = await live.receive();
    expect(last.$case).toBe('state');
    // The connection may be closed before the error has come.
    expect(['DRAINING', 'UNAVAILABLE']).toContain((await failure(live.receive())).reason);
    expect(await ended).toBe(0);
    const elsewhere = session();
    expect(await elsewhere.open({ model, state: last.value as Buffer })).toMatchObject({ steps: 1n });
    await elsewhere.leave();
  });
});
