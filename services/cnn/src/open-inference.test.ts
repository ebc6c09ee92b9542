import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, credentials, type Metadata } from '@grpc/grpc-js';
import { cnn, type inference } from '@quartet/contracts';
import { tensorFromUint8 } from '@quartet/client';
import { mnist } from '@quartet/service-kit/dist/platform-testing/digits';
import { failureOf, InferenceClient, type InferRequest } from './testing/inference-client';
import { Platform, tinySpec } from './testing/platform';

const PIXELS = 28 * 28;
/** inference.DataType.TYPE_FP32, as Triton's clients know it. */
const TYPE_FP32 = 11;
type Request = InferRequest;

/** A request with images as raw bytes. */
const raw = (datatype: string, count: number, bytes: Buffer, rest: Request = {}): Request => ({
  modelName: 'digits',
  inputs: [{ name: 'images', datatype, shape: [BigInt(count), 28n, 28n, 1n] }],
  rawInputContents: [bytes],
  ...rest,
});
const blank = (rest: Request = {}): Request => raw('UINT8', 1, Buffer.alloc(PIXELS), rest);
const input = (change: NonNullable<Request['inputs']>[number]) => ({ ...blank().inputs![0], ...change });

describe('the Open Inference Protocol at the CNN service', () => {
  let platform: Platform;
  let client: InferenceClient;
  let digits: Uint8Array;
  const call = () => platform.family.inference;

  beforeAll(async () => {
    platform = await Platform.start({ QUARTET_MAX_MESSAGE_BYTES: '4194304' });
    await platform.uploadDigits('digits', 200, 40);
    for (const model of ['digits', 'spare']) {
      await platform.weightsOf(await platform.train({ model, dataset: 'digits', spec: tinySpec, options: { epochs: 1, batchSize: 32, seed: 1 } }));
    }
    await platform.control.models.promoteVersion({ model: 'digits', version: 1 });
    for (let ready = false; !ready; ) ready = (await call().modelReady({ name: 'digits' })).ready;
    client = new InferenceClient(platform.family.address);
    digits = (await mnist('t10k', 8)).images;
  });
  afterAll(async () => {
    client?.close();
    await platform?.stop();
  });

  test('says what it is, and what a version takes and gives', async () => {
    expect(await call().serverLive()).toEqual({ live: true });
    expect(await call().serverReady()).toEqual({ ready: true });
    const { name, extensions } = await call().serverMetadata();
    expect([name, extensions]).toEqual(['quartet', ['classification', 'model_configuration', 'model_repository', 'model_repository(unload_dependents)', 'statistics']]);
    expect(await call().modelMetadata({ name: 'digits', version: 'production' })).toEqual({
      name: 'digits',
      versions: ['1'],
      platform: 'quartet_cnn',
      inputs: [{ name: 'images', datatype: 'FP32', shape: [-1n, 28n, 28n, 1n] }],
      outputs: [
        { name: 'logits', datatype: 'FP32', shape: [-1n, 10n] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1n, 10n] },
      ],
    });
    const { config } = await call().modelConfig({ name: 'digits' });
    expect(config).toMatchObject({ name: 'digits', platform: 'quartet_cnn', maxBatchSize: 16, input: [{ name: 'images', dataType: TYPE_FP32, dims: [28n, 28n, 1n] }] });
    for (const [model, version, ready] of [['digits', '1', true], ['digits', '9', false], ['nobody', '', false], ['spare', '1', false]] as const) {
      expect([model, version, (await call().modelReady({ name: model, version })).ready]).toEqual([model, version, ready]);
    }
  });

  describe('an inference', () => {
    const floats = () => Buffer.from(Float32Array.from(digits, (value) => value / 255).buffer);
    const typedLogits = async () => (await platform.family.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: tensorFromUint8(digits, [8, 28, 28]) }, topK: 10, includeLogits: true }));

    test('equals the typed call bit for bit, of bytes and of floats, raw and typed', async () => {
      const { logits, results } = await typedLogits();
      const asBytes = (await client.infer(raw('UINT8', 8, Buffer.from(digits), { id: 'bytes' }))).response;
      expect(asBytes).toMatchObject({ modelName: 'digits', modelVersion: '1', id: 'bytes' });
      expect(asBytes.outputs.map(({ name, datatype, shape, contents }) => [name, datatype, shape, contents])).toEqual([
        ['logits', 'FP32', [8n, 10n], undefined],
        ['probabilities', 'FP32', [8n, 10n], undefined],
      ]);
      expect(asBytes.rawOutputContents[0]!.equals(logits!.data)).toBe(true);
      const probabilities = asBytes.rawOutputContents[1]!;
      results.forEach(({ classes }, row) => classes.forEach(({ index, probability }) => expect(probabilities.readFloatLE(4 * (row * 10 + index))).toBe(probability)));

      const asFloats = (await client.infer(raw('FP32', 8, floats(), { outputs: [{ name: 'logits' }] }))).response;
      expect(asFloats.rawOutputContents.map((bytes) => bytes.equals(logits!.data))).toEqual([true]);

      const contents = { uintContents: [...digits] };
      const { response: typed } = await client.infer({ ...raw('UINT8', 8, Buffer.alloc(0)), rawInputContents: [], inputs: [input({ shape: [8n, 28n, 28n, 1n], contents })] });
      expect(typed.rawOutputContents).toEqual([]);
      expect(Buffer.from(Float32Array.from(typed.outputs[0]!.contents!.fp32Contents).buffer).equals(logits!.data)).toBe(true);
    });

    test('widens halves, and names the likeliest classes where that is asked for', async () => {
      // 1.0 and 0.0 as binary16 and bfloat16.
      const white = { FP16: 0x3c00, BF16: 0x3f80 };
      const expected = (await client.infer(raw('UINT8', 1, Buffer.alloc(PIXELS, 255)))).response;
      for (const [datatype, bits] of Object.entries(white)) {
        const bytes = Buffer.from(Uint16Array.from({ length: PIXELS }, () => bits).buffer);
        expect((await client.infer(raw(datatype, 1, bytes))).response.rawOutputContents).toEqual(expected.rawOutputContents);
      }
      const parameters = { classification: { parameterChoice: { $case: 'int64Param' as const, value: 2n } } };
      const { response } = await client.infer(raw('UINT8', 8, Buffer.from(digits), { outputs: [{ name: 'probabilities', parameters }] }));
      expect(response.outputs).toMatchObject([{ name: 'probabilities', datatype: 'BYTES', shape: [8n, 2n] }]);
      const best = (await typedLogits()).results[0]!.classes[0]!;
      const length = response.rawOutputContents[0]!.readUInt32LE(0);
      expect(response.rawOutputContents[0]!.toString('utf8', 4, 4 + length)).toBe(`${best.probability.toFixed(6)}:${best.index}:${best.name}`);
    });

    test('and a typed call end with what is needed to repeat them', async () => {
      const { weightsSha256 } = await platform.control.models.getVersion({ model: { name: 'digits' } });
      const { trailers } = await client.infer(blank());
      const grpc = new Client(platform.family.address, credentials.createInsecure());
      const request = cnn.ClassifyRequest.fromPartial({ model: { name: 'digits' }, input: { $case: 'batch', value: tensorFromUint8(new Uint8Array(2 * PIXELS), [2, 28, 28]) as never } });
      const typed = await new Promise<Metadata>((resolve, reject) => {
        const { path, requestSerialize, responseDeserialize } = cnn.CnnServiceService.classify;
        grpc.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error) => error && reject(error)).on('status', ({ metadata }) => resolve(metadata));
      });
      grpc.close();
      for (const [metadata, batch] of [[trailers, '1'], [typed, '2']] as const) {
        const { 'quartet-version-digest': digest, 'quartet-batch-size': size, 'quartet-queue-ms': queue, 'quartet-compute-ms': compute } = metadata.getMap();
        expect([digest, size]).toEqual([weightsSha256, batch]);
        expect(queue).toMatch(/^\d+\.\d{3}$/);
        expect(Number(compute)).toBeGreaterThan(0);
      }
    });

    test('takes priorities as both kinds of number, and a time limit in microseconds', async () => {
      for (const $case of ['int64Param', 'uint64Param'] as const) {
        const parameters = { priority: { parameterChoice: { $case, value: 1n } }, timeout: { parameterChoice: { $case, value: 60_000_000n } } };
        expect((await client.infer(blank({ parameters }))).response.modelVersion).toBe('1');
      }
      const late = await failureOf(client.infer(blank({ parameters: { timeout: { parameterChoice: { $case: 'int64Param', value: 1n } } } })));
      expect(late).toMatchObject({ code: 'DEADLINE_EXCEEDED', reason: 'DEADLINE_EXCEEDED' });
      expect(late.message).toBe('The request took longer than its own timeout of 1 microseconds. Allow more time, or send less at once.');
    });
  });

  describe('bad input', () => {
    const int = (value: bigint) => ({ parameterChoice: { $case: 'int64Param' as const, value } });
    test.each<[string, Request, string, string, RegExp]>([
      ['raw content beside typed content', blank({ inputs: [input({ contents: { uintContents: [1] } })] }), 'INVALID_FIELD', 'inputs[0].contents', /is set beside raw_input_contents; send all inputs the one way or the other/],
      ['too many raw entries', blank({ rawInputContents: [Buffer.alloc(PIXELS), Buffer.alloc(0)] }), 'INVALID_FIELD', 'raw_input_contents', /has 2 entries for 1 inputs/],
      ['no content at all', blank({ rawInputContents: [] }), 'BYTE_COUNT_MISMATCH', 'raw_input_contents', /is empty, and so are the inputs' contents; expected 784 bytes of UINT8/],
      ['too few bytes', blank({ rawInputContents: [Buffer.alloc(PIXELS - 1)] }), 'BYTE_COUNT_MISMATCH', 'raw_input_contents[0]', /received 783 bytes, expected 784 for UINT8 \[1, 28, 28, 1\]/],
      ['too few typed elements', blank({ rawInputContents: [], inputs: [input({ contents: { uintContents: [1, 2] } })] }), 'BYTE_COUNT_MISMATCH', 'inputs[0].contents.uint_contents', /received 2 elements, expected 784/],
      ['typed elements in the wrong field', blank({ rawInputContents: [], inputs: [input({ contents: { fp32Contents: [1] } })] }), 'INVALID_FIELD', 'inputs[0].contents.fp32_contents', /UINT8 goes in uint_contents/],
      ['a typed element out of range', blank({ rawInputContents: [], inputs: [input({ contents: { uintContents: new Array<number>(PIXELS).fill(256) } })] }), 'INVALID_FIELD', 'inputs[0].contents.uint_contents', /received 256 at element 0, expected 0 to 255/],
      ['an unknown input', blank({ inputs: [input({ name: 'pictures' })] }), 'INVALID_FIELD', 'inputs[0].name', /is 'pictures'; the model takes 'images'/],
      ['an input twice', blank({ inputs: [input({}), input({})], rawInputContents: [Buffer.alloc(PIXELS), Buffer.alloc(PIXELS)] }), 'INVALID_FIELD', 'inputs[1].name', /'images' for the second time/],
      ['no input', blank({ inputs: [], rawInputContents: [] }), 'INVALID_FIELD', 'inputs', /lack 'images', FP32 \[-1, 28, 28, 1\]/],
      ['an unknown output', blank({ outputs: [{ name: 'scores' }] }), 'INVALID_FIELD', 'outputs[0].name', /is 'scores'; the model gives 'logits', 'probabilities'/],
      ['an output twice', blank({ outputs: [{ name: 'logits' }, { name: 'logits' }] }), 'INVALID_FIELD', 'outputs[1].name', /for the second time/],
      ['more classes than there are', blank({ outputs: [{ name: 'probabilities', parameters: { classification: int(11n) } }] }), 'INVALID_FIELD', 'outputs[0].parameters.classification', /is 11; 'probabilities' has 10 classes/],
      ['a wrong datatype', raw('INT32', 1, Buffer.alloc(4 * PIXELS)), 'DTYPE_MISMATCH', 'inputs[0].datatype', /received INT32 for 'images', expected FP32, UINT8, FP16, BF16/],
      ['a datatype that there is not', raw('FLOAT', 1, Buffer.alloc(4 * PIXELS)), 'DTYPE_MISMATCH', 'inputs[0].datatype', /received FLOAT/],
      ['a shape off by one', blank({ inputs: [input({ shape: [1n, 28n, 27n, 1n] })] }), 'SHAPE_MISMATCH', 'inputs[0].shape', /received \[1, 28, 27, 1\] for 'images', expected \[-1, 28, 28, 1\]/],
      ['another rank', blank({ inputs: [input({ shape: [1n, 784n] })] }), 'SHAPE_MISMATCH', 'inputs[0].shape', /received \[1, 784\]/],
      ['a negative size', blank({ inputs: [input({ shape: [-1n, 28n, 28n, 1n] })] }), 'SHAPE_MISMATCH', 'inputs[0].shape', /received \[-1, 28, 28, 1\]/],
      ['a huge size', blank({ inputs: [input({ shape: [2n ** 62n, 28n, 28n, 1n] })] }), 'BATCH_TOO_LARGE', 'inputs[0].shape', /received a batch of 4611686018427387904, expected at most 16 \(QUARTET_MAX_BATCH\)/],
      ['an empty batch', blank({ inputs: [input({ shape: [0n, 28n, 28n, 1n] })], rawInputContents: [Buffer.alloc(0)] }), 'EMPTY_BATCH', 'inputs[0].shape', /received a batch of 0, expected 1 to 16/],
      ['NaN', raw('FP32', 1, Buffer.from(new Float32Array(PIXELS).fill(NaN, 3, 4).buffer)), 'NOT_FINITE', 'inputs[0].data', /received NaN at element \[0, 0, 3, 0\]/],
      ['floats of another scale', raw('FP32', 1, Buffer.from(new Float32Array(PIXELS).fill(255).buffer)), 'INVALID_FIELD', 'inputs[0].data', /received 255 .*divide by 255/],
      ['shared memory', blank({ inputs: [input({ parameters: { shared_memory_region: { parameterChoice: { $case: 'stringParam', value: 'x' } } } })] }), 'INVALID_FIELD', 'inputs[0].parameters.shared_memory_region', /there is no shared memory here/],
      ['a misspelled parameter', blank({ parameters: { timout: int(1n) } }), 'INVALID_FIELD', 'parameters.timout', /is not known here; takes timeout, priority/],
      ['a negative timeout', blank({ parameters: { timeout: int(-1n) } }), 'INVALID_FIELD', 'parameters.timeout', /is -1, expected microseconds/],
      ['a priority that is a text', blank({ parameters: { priority: { parameterChoice: { $case: 'stringParam', value: 'high' } } } }), 'INVALID_FIELD', 'parameters.priority', /sent as string, expected a whole number/],
      ['no model', blank({ modelName: '' }), 'INVALID_FIELD', 'model_name', /is empty; name the model/],
      ['version 0', blank({ modelVersion: '0' }), 'INVALID_FIELD', 'model_version', /is 0; versions count from 1/],
    ])('%s is refused, naming the field', async (_, request, reason, field, message) => {
      const failure = await failureOf(client.infer(request));
      expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', reason, fields: [field] });
      expect(failure.message).toMatch(message);
    });

    test.each([
      ['model', { modelName: 'nobody' }, 'MODEL_NOT_FOUND', /nobody/],
      ['version', { modelVersion: '7' }, 'VERSION_NOT_FOUND', /model 'digits' has no version 7; it has version 1/],
      ['label', { modelVersion: 'canary' }, 'LABEL_NOT_FOUND', /model 'digits' has no label 'canary'/],
    ])('an unknown %s is not found', async (_, rest, reason, message) => {
      const failure = await failureOf(client.infer(blank(rest)));
      expect(failure).toMatchObject({ code: 'NOT_FOUND', reason });
      expect(failure.message).toMatch(message);
    });

    test('a message over the limit is refused with the limit', async () => {
      const failure = await failureOf(client.infer(blank({ rawInputContents: [Buffer.alloc(5_000_000)] })));
      expect(failure).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'LIMIT_EXCEEDED' });
      expect(failure.message).toMatch(/ModelInfer is \d+ bytes; the limit is 4194304/);
    });

    test('bytes that are no message are refused', async () => {
      const grpc = new Client(platform.family.address, credentials.createInsecure());
      const broken = new Promise((resolve, reject) => grpc.makeUnaryRequest('/inference.GRPCInferenceService/ModelInfer', (bytes: Buffer) => bytes, (bytes) => bytes, Buffer.from([0x0a, 0xff]), (error, answer) => (error ? reject(error) : resolve(answer))));
      expect(await failureOf(broken)).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'INVALID_FIELD', message: 'The request of /inference.GRPCInferenceService/ModelInfer is not a message of the type that the method takes. Check that the proto is this version\'s.' });
      grpc.close();
    });

    test.each([
      ['SystemSharedMemoryStatus', /Shared memory is not offered/],
      ['CudaSharedMemoryRegister', /Shared memory is not offered/],
      ['TraceSetting', /Traces are set up where the service is started/],
      ['LogSettings', /QUARTET_LOG_LEVEL/],
    ])('%s is not implemented, and says what there is', async (method, message) => {
      const grpc = new Client(platform.family.address, credentials.createInsecure());
      const failure = await failureOf(new Promise((resolve, reject) => grpc.makeUnaryRequest(`/inference.GRPCInferenceService/${method}`, (bytes: Buffer) => bytes, (bytes) => bytes, Buffer.alloc(0), (error, answer) => (error ? reject(error) : resolve(answer)))));
      grpc.close();
      expect(failure).toMatchObject({ code: 'UNIMPLEMENTED', reason: 'UNIMPLEMENTED' });
      expect(failure.message).toMatch(message);
    });
  });

  test('a stream answers in order, and one bad request in it costs that one only', async () => {
    const requests = Array.from({ length: 100 }, (_, at) => raw('UINT8', 1, Buffer.from(digits.subarray((at % 8) * PIXELS, (at % 8 + 1) * PIXELS)), { id: `${at}`, ...(at === 50 && { inputs: [] }) }));
    const alone = await Promise.all(Array.from({ length: 8 }, (_, at) => client.infer(requests[at]!)));
    const answers: inference.ModelStreamInferResponse[] = [];
    for await (const answer of call().modelStreamInfer(requests)) answers.push(answer);
    expect(answers.map(({ inferResponse }) => inferResponse!.id)).toEqual(requests.map(({ id }) => id));
    expect(answers.filter(({ errorMessage }) => errorMessage !== '').map(({ errorMessage, inferResponse }) => [inferResponse!.id, errorMessage])).toEqual([
      ['50', "INVALID_FIELD: inputs: lack 'images', FP32 [-1, 28, 28, 1]; the model takes 'images'"],
    ]);
    const likeliest = (response: inference.ModelInferResponse) => {
      const scores = Array.from({ length: 10 }, (_, index) => response.rawOutputContents[0]!.readFloatLE(4 * index));
      return scores.indexOf(Math.max(...scores));
    };
    answers.forEach(({ inferResponse }, at) => at !== 50 && expect(likeliest(inferResponse!)).toBe(likeliest(alone[at % 8]!.response)));
  });

  test('statistics count requests, examples and batches, of typed calls too, and failures', async () => {
    const counts = async () => (await call().modelStatistics({ name: 'digits', version: '1' })).modelStats[0]!;
    const before = await counts();
    await client.infer(raw('UINT8', 8, Buffer.from(digits)));
    await platform.family.cnn.classify({ model: { name: 'digits' }, input: { $case: 'batch', value: tensorFromUint8(digits.subarray(0, 3 * PIXELS), [3, 28, 28]) } });
    await failureOf(client.infer(blank({ parameters: { timeout: { parameterChoice: { $case: 'int64Param', value: 1n } } } })));
    const after = await counts();
    expect(after.inferenceCount - before.inferenceCount).toBeGreaterThanOrEqual(11n);
    expect(after.executionCount - before.executionCount).toBeGreaterThanOrEqual(2n);
    expect(after.inferenceStats!.success!.count - before.inferenceStats!.success!.count).toBe(2n);
    expect(after.inferenceStats!.computeInfer!.ns).toBeGreaterThan(before.inferenceStats!.computeInfer!.ns);
    const size8 = (of: inference.ModelStatistics) => of.batchStats.find(({ batchSize }) => batchSize === 8n)?.computeInfer?.count ?? 0n;
    expect(size8(after) - size8(before)).toBe(1n);
    expect(Number(after.lastInference)).toBeGreaterThan(Date.now() - 60_000);
    expect((await call().modelStatistics()).modelStats.map(({ name }) => name)).toContain('digits');
    expect((await call().modelStatistics({ name: 'spare', version: '1' })).modelStats).toMatchObject([{ name: 'spare', version: '1', inferenceCount: 0n, executionCount: 0n }]);
  });

  test('the repository lists all models, loads one and lets go of it, unless a label holds it', async () => {
    const index = async (ready = false) => (await call().repositoryIndex({ ready })).models.map(({ name, version, state }) => [name, version, state]);
    expect(await index()).toEqual([['digits', '1', 'READY'], ['spare', '1', 'UNAVAILABLE']]);
    // Once as Triton's clients send it, once as KServe's.
    for (const request of [{ modelName: 'spare' }, { repositoryName: 'spare' }]) {
      expect(await call().repositoryModelLoad(request)).toEqual({ modelName: 'spare', isLoaded: true });
      expect(await index(true)).toEqual([['digits', '1', 'READY'], ['spare', '1', 'READY']]);
      expect(await call().modelReady({ name: 'spare', version: '1' })).toEqual({ ready: true });
      expect(await call().repositoryModelUnload(request)).toEqual({ modelName: 'spare', isUnloaded: true });
      expect(await index(true)).toEqual([['digits', '1', 'READY']]);
    }
    await expect(call().repositoryModelUnload({ modelName: 'digits' })).rejects.toThrow("version 1 of model 'digits' is served because of its label 'production'; delete the label with quartet.model.v1.ModelService/DeleteLabel");
    await expect(call().repositoryModelLoad({ modelName: 'nobody' })).rejects.toMatchObject({ reason: 'MODEL_NOT_FOUND' });
    await expect(call().repositoryModelLoad({})).rejects.toThrow('model_name: is empty');
    await expect(call().repositoryModelLoad({ modelName: 'spare', parameters: { config: { parameterChoice: { $case: 'stringParam', value: '{}' } } } })).rejects.toThrow('parameters.config: is not known here; a version is served as it was trained');
    await expect(call().repositoryIndex({ repositoryName: 'other' })).rejects.toThrow('there is one repository');
  });

  test('a version that is still loading is unavailable, and then is not', async () => {
    await platform.service.end('SIGKILL');
    await rm(join(platform.home, 'cache', 'artifacts'), { recursive: true });
    await rename(join(platform.home, 'blobs'), join(platform.home, 'blobs-away'));
    await platform.startService();
    let failure = await failureOf(client.infer(blank()));
    for (const until = Date.now() + 30_000; failure.reason !== 'UNAVAILABLE' && Date.now() < until; ) failure = await failureOf(client.infer(blank()));
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', reason: 'UNAVAILABLE', message: "version 1 of model 'digits' is still being loaded; send the request again, or wait for ModelReady" });
    expect(await call().modelReady({ name: 'digits' })).toEqual({ ready: false });
    expect((await call().repositoryIndex({})).models[0]).toMatchObject({ name: 'digits', state: 'LOADING' });
    await rm(join(platform.home, 'blobs'), { recursive: true, force: true });
    await rename(join(platform.home, 'blobs-away'), join(platform.home, 'blobs'));
    for (let ready = false; !ready; await new Promise((resolve) => setTimeout(resolve, 100))) ready = (await call().modelReady({ name: 'digits' })).ready;
    expect((await client.infer(blank())).response.modelVersion).toBe('1');
  });
});
