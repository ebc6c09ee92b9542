import { readFileSync } from 'node:fs';
import { connect } from '@quartet/client';
import { descriptorSetPath } from '@quartet/contracts';
import { runClient, runPython } from './run-python';
import { loadState } from './shared';

interface Failure {
  status: string;
  message: string;
}

interface Triton {
  live: boolean;
  ready: boolean;
  modelReady: boolean[];
  server: { name: string; extensions: string[] };
  metadata: unknown;
  config: { max_batch_size: number; platform: string; input: { name: string; data_type: string; dims: string[] }[] };
  response: { id: string; version: string; shape: number[]; dtype: string };
  logits: string;
  probabilities: string;
  asFloats: string;
  onlyLogits: boolean;
  halves: string[];
  classes: string[][];
  asynchronous: string;
  priority: string;
  moods: string;
  stream: { results: Record<string, string>; order: string[]; final: boolean; errors: string[] };
  statistics: { inferences: number; executions: number; success: number; ns: number; batches: number[]; models: string[] };
  index: { name: string; version: string; state: string }[];
  loads: (Failure | null)[];
  errors: Record<string, Failure | null>;
  proto: { compared: number; found: string[] };
}

interface Kserve {
  live: boolean;
  ready: boolean;
  modelReady: boolean;
  id: string;
  logits: string;
  typed: string;
  moods: string;
  error: { code: string; details: string };
  loaded: [string, boolean];
  inputs: string[];
}

const IMAGES = 16;
const floats = (hex: string): Float32Array => {
  const bytes = Buffer.from(hex, 'hex');
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
};
/** Numbers of which a batch of another size changes the last bits. */
function expectClose(received: Float32Array, expected: Float32Array): void {
  expect(received).toHaveLength(expected.length);
  received.forEach((value, at) => expect(value).toBeCloseTo(expected[at]!, 4));
}

describe('the Open Inference Protocol', () => {
  const state = loadState();
  const client = connect({ address: state.gateway });
  afterAll(() => client.close());

  /** What Classify says of the first digits. */
  async function typed(): Promise<{ logits: string; probabilities: string }> {
    const data = readFileSync(state.digitsFile).subarray(0, IMAGES * 784);
    const { logits, results } = await client.cnn.classify({ model: { name: state.model }, input: { $case: 'batch', value: { dtype: 3, shape: [BigInt(IMAGES), 28n, 28n, 1n], data } }, topK: 10, includeLogits: true });
    const probabilities = new Float32Array(IMAGES * 10);
    results.forEach(({ classes }, row) => classes.forEach(({ index, probability }) => (probabilities[row * 10 + index] = probability)));
    return { logits: Buffer.from(logits!.data).toString('hex'), probabilities: Buffer.from(probabilities.buffer).toString('hex') };
  }

  /** What Classify says of texts. */
  async function typedMoods(texts: string[]): Promise<Float32Array> {
    const { results } = await client.rnn.classify({ model: { name: state.textModel }, texts, topK: 2 });
    return Float32Array.from(results.flatMap(({ classes }) => [...classes].sort((a, b) => a.index - b.index).map(({ probability }) => probability)));
  }

  describe("with Triton's client", () => {
    let triton: Triton;
    beforeAll(async () => {
      triton = await runClient<Triton>('triton.py', state.gateway, state.model, state.digitsFile, state.textModel, descriptorSetPath);
    });

    it('has the field numbers, types and methods that the client has', () => {
      expect(triton.proto.found).toEqual([]);
      expect(triton.proto.compared).toBe(40);
    });

    it('says what is there', () => {
      expect([triton.live, triton.ready, triton.modelReady]).toEqual([true, true, [true, true, false, false]]);
      expect(triton.server).toMatchObject({ name: 'quartet', extensions: expect.not.arrayContaining(['system_shared_memory', 'trace', 'sequence']) });
      expect(triton.metadata).toEqual({
        name: state.model,
        versions: [state.version],
        platform: 'quartet_cnn',
        inputs: [{ name: 'images', datatype: 'FP32', shape: ['-1', '28', '28', '1'] }],
        outputs: ['logits', 'probabilities'].map((name) => ({ name, datatype: 'FP32', shape: ['-1', '10'] })),
      });
      expect(triton.config).toMatchObject({ platform: 'quartet_cnn', max_batch_size: 256, input: [{ name: 'images', data_type: 'TYPE_FP32', dims: ['28', '28', '1'] }] });
      expect(triton.index).toEqual(expect.arrayContaining([expect.objectContaining({ name: state.model, version: state.version, state: 'READY' }), expect.objectContaining({ name: state.textModel, state: 'READY' })]));
    });

    it('answers with the bits of the typed call, however the images come', async () => {
      const expected = await typed();
      expect(triton.response).toEqual({ id: 'first', version: state.version, shape: [IMAGES, 10], dtype: 'float32' });
      expect({ logits: triton.logits, probabilities: triton.probabilities }).toEqual(expected);
      for (const logits of [triton.asFloats, triton.asynchronous, triton.priority]) expect(logits).toBe(expected.logits);
      expect(triton.onlyLogits).toBe(true);
      expect(new Set(triton.halves).size).toBe(1);
      const probabilities = floats(expected.probabilities).subarray(0, 10);
      const best = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!).slice(0, 3);
      expect(triton.classes.map((row) => row.length)).toEqual([3, 3]);
      expect(triton.classes[0]!.map((text) => text.split(':').slice(1))).toEqual(best.map((index) => [`${index}`, `${index}`]));
    });

    it('takes texts', async () => {
      const expected = await typedMoods(['a good and happy day', 'a bad and gloomy day', 'Tag für Tag']);
      expect([...floats(triton.moods)]).toEqual([...expected]);
    });

    it('streams, in order, past requests that fail', async () => {
      const { results, order, final, errors } = triton.stream;
      const served = Array.from({ length: 20 }, (_, at) => at).filter((at) => at !== 3 && at !== 7);
      expect(order).toEqual(served.map(String));
      expect(final).toBe(true);
      expect(errors).toEqual([expect.stringMatching(/^MODEL_NOT_FOUND: .*nobody/), expect.stringMatching(/^SHAPE_MISMATCH: inputs\[0\]\.shape: received \[1, 27, 28, 1\]/)]);
      const all = floats((await typed()).logits);
      for (const at of served) expectClose(floats(results[at]!), all.subarray((at % IMAGES) * 10, (at % IMAGES) * 10 + 10));
    });

    it('counts', () => {
      const { ns, batches, models, ...counts } = triton.statistics;
      expect(counts).toEqual({ inferences: 5, executions: 1, success: 1 });
      expect(ns).toBeGreaterThan(0);
      expect(batches).toEqual(expect.arrayContaining([5, IMAGES]));
      expect(models).toEqual(expect.arrayContaining([state.model, state.textModel]));
    });

    it('loads, and does not let go of what a label holds', () => {
      const [load, unload, config] = triton.loads;
      expect(load).toBeNull();
      expect(unload).toEqual({ status: 'StatusCode.FAILED_PRECONDITION', message: expect.stringContaining("is served because of its label 'production'") });
      expect(config).toEqual({ status: 'StatusCode.INVALID_ARGUMENT', message: expect.stringContaining('parameters.config: is not known here') });
    });

    it.each([
      ['int32', 'INVALID_ARGUMENT', /received INT32 for 'images', expected FP32, UINT8, FP16, BF16/],
      ['float64', 'INVALID_ARGUMENT', /received FP64/],
      ['bool', 'INVALID_ARGUMENT', /received BOOL/],
      ['shape', 'INVALID_ARGUMENT', /received \[16, 27, 28, 1\].*expected \[-1, 28, 28, 1\]/],
      ['model', 'NOT_FOUND', /nobody/],
      ['version', 'NOT_FOUND', /has no version 99/],
      ['timeout', 'DEADLINE_EXCEEDED', /timeout of 1 microseconds/],
      ['sequence', 'INVALID_ARGUMENT', /no sequences here.*Step/],
      ['memory', 'UNIMPLEMENTED', /Shared memory is not offered/],
      ['trace', 'UNIMPLEMENTED', /QUARTET_OTLP_ENDPOINT/],
    ])('refuses what is wrong: %s', (what, code, message) => {
      expect(triton.errors[what]).toEqual({ status: `StatusCode.${code}`, message: expect.stringMatching(message) });
    });
  });

  it("serves KServe's client, raw and typed, and its way to load", async () => {
    const kserve = await runClient<Kserve>('kserve_client.py', state.gateway, state.model, state.digitsFile, state.textModel);
    const expected = (await typed()).logits;
    expect(kserve).toMatchObject({ live: true, ready: true, modelReady: true, id: 'kserve', logits: expected, loaded: [state.model, true], inputs: ['images'] });
    expectClose(floats(kserve.typed), floats(expected).subarray(0, 20));
    expect([...floats(kserve.moods)]).toEqual([...(await typedMoods(['a good and happy day', 'a bad and gloomy day']))]);
    expect(kserve.error).toEqual({ code: 'INVALID_ARGUMENT', details: expect.stringContaining('received [1, 28, 27, 1]') });
  });

  it('serves a client that knows it by reflection only, and says with what it was answered', async () => {
    const { services, methods, logits, trailers } = await runPython<{ services: string[]; methods: string[]; logits: string; trailers: Record<string, string> }>('reflected.py', state.gateway, state.model, state.digitsFile);
    expect(services).toContain('inference.GRPCInferenceService');
    expect(methods).toHaveLength(12);
    expect(logits).toBe((await typed()).logits);
    const { weightsSha256 } = await client.models.getVersion({ model: { name: state.model } });
    expect(trailers).toEqual({ 'quartet-version-digest': weightsSha256, 'quartet-batch-size': `${IMAGES}`, 'quartet-queue-ms': expect.stringMatching(/^\d/), 'quartet-compute-ms': expect.stringMatching(/^\d/) });
  });
});
