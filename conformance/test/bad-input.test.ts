import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallError, connect } from '@quartet/client';
import { DataType, type ModelRef, type Reason } from '@quartet/contracts';
import { loadState } from './shared';

// grpc.status, by name: what a user of any gRPC library sees.
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;

const { DATA_TYPE_FLOAT32, DATA_TYPE_FLOAT64, DATA_TYPE_UINT8 } = DataType;
const floats = (count: number, value: number): Buffer => Buffer.from(Float32Array.from({ length: count }, () => value).buffer);
const uint8 = (...shape: number[]) => ({ dtype: DATA_TYPE_UINT8, shape: shape.map(BigInt), data: Buffer.alloc(shape.reduce((a, b) => a * b, 1)) });
const float32 = (value: number) => ({ dtype: DATA_TYPE_FLOAT32, shape: [1n, 28n, 28n, 1n], data: Buffer.concat([floats(783, 0.5), floats(1, value)]) });
const encoded = (value: Buffer) => ({ content: { $case: 'encoded' as const, value } });
const seven = readFileSync(join(__dirname, '../../docs/images/seven.png'));

interface Case {
  what: string;
  tensor: { dtype: DataType; shape: bigint[]; data: Buffer };
  reason: Reason;
  /** What the message must say: received and expected. */
  says: RegExp[];
}

const TENSORS: Case[] = [
  { what: 'a wrong shape', tensor: uint8(2, 20, 20, 1), reason: 'SHAPE_MISMATCH', says: [/20, 20/, /28, 28/] },
  { what: 'a wrong dtype', tensor: { dtype: DATA_TYPE_FLOAT64, shape: [1n, 28n, 28n, 1n], data: Buffer.alloc(784 * 8) }, reason: 'DTYPE_MISMATCH', says: [/float64/i, /uint8/i, /float32/i] },
  { what: 'too few bytes', tensor: { ...uint8(1, 28, 28, 1), data: Buffer.alloc(700) }, reason: 'BYTE_COUNT_MISMATCH', says: [/700/, /784/] },
  { what: 'too many bytes', tensor: { ...uint8(1, 28, 28, 1), data: Buffer.alloc(800) }, reason: 'BYTE_COUNT_MISMATCH', says: [/800/, /784/] },
  { what: 'NaN', tensor: float32(NaN), reason: 'NOT_FINITE', says: [/NaN/] },
  { what: 'infinity', tensor: float32(Infinity), reason: 'NOT_FINITE', says: [/Infinity/] },
  { what: 'an empty batch', tensor: uint8(0, 28, 28, 1), reason: 'EMPTY_BATCH', says: [/0|no |empty/] },
  { what: 'a batch beyond the limit', tensor: uint8(257, 28, 28, 1), reason: 'BATCH_TOO_LARGE', says: [/257/, /256/] },
  { what: 'a negative size', tensor: { ...uint8(1, 28, 28, 1), shape: [-1n, 28n, 28n, 1n] }, reason: 'SHAPE_MISMATCH', says: [/-1/] },
];

describe('bad input', () => {
  const state = loadState();
  const client = connect({ address: state.gateway });
  afterAll(() => client.close());

  const failure = async (call: Promise<unknown>): Promise<CallError> => {
    const error: unknown = await call.then(() => undefined, (thrown: unknown) => thrown);
    if (!(error instanceof CallError)) throw new Error(`expected a CallError, received ${String(error)}`);
    return error;
  };
  const model = { name: state.model };

  it.each(TENSORS)('$what is refused, saying what was received and expected', async ({ tensor, reason, says }) => {
    for (const method of [client.cnn.classify, client.cnn.embed]) {
      const error = await failure(method({ model, input: { $case: 'batch', value: tensor } }));
      expect({ reason: error.reason, code: error.code }).toEqual({ reason, code: INVALID_ARGUMENT });
      expect(error.violations.length).toBeGreaterThan(0);
      expect(error.violations[0]?.field).toMatch(/^batch/);
      for (const part of says) expect(error.message).toMatch(part);
    }
  });

  it.each([
    ['a text', Buffer.from('not an image')],
    ['a truncated PNG', seven.subarray(0, seven.length - 40)],
    ['nothing', Buffer.alloc(0)],
  ])('%s in the place of an image is refused, naming which', async (_what, bytes) => {
    const images = { images: [encoded(seven), encoded(bytes)] };
    const error = await failure(client.cnn.classify({ model, input: { $case: 'images', value: images } }));
    expect({ reason: error.reason, code: error.code }).toEqual({ reason: 'UNDECODABLE_IMAGE', code: INVALID_ARGUMENT });
    expect(error.violations[0]?.field).toMatch(/images\[1\]/);
  });

  it.each<[string, Partial<ModelRef>, Reason, RegExp]>([
    ['model', { name: 'nobody' }, 'MODEL_NOT_FOUND', /nobody/],
    ['version', { name: state.model, target: { $case: 'version', value: 99n } }, 'VERSION_NOT_FOUND', /99/],
    ['label', { name: state.model, target: { $case: 'label', value: 'canary' } }, 'LABEL_NOT_FOUND', /canary.*production|production.*canary/s],
  ])('an unknown %s is not found, saying what there is', async (_what, ref, reason, says) => {
    const error = await failure(client.cnn.classify({ model: ref, input: { $case: 'batch', value: uint8(1, 28, 28, 1) } }));
    expect({ reason: error.reason, code: error.code }).toEqual({ reason, code: NOT_FOUND });
    expect(error.message).toMatch(says);
  });

  it('a training of an impossible network is refused with every bad field', async () => {
    const layers = [{ layer: { $case: 'conv2d' as const, value: { filters: 0, kernelSize: 99 } } }, { layer: { $case: 'dropout' as const, value: { rate: 2 } } }];
    const options = { epochs: 100_000, learningRate: -1 };
    const error = await failure(client.cnn.train({ model: 'bad', dataset: 'digits-3000', spec: { layers }, options }));
    expect({ reason: error.reason, code: error.code }).toEqual({ reason: 'INVALID_FIELD', code: INVALID_ARGUMENT });
    const fields = error.violations.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['spec.layers[0].conv2d.filters', 'spec.layers[1].dropout.rate', 'options.epochs', 'options.learning_rate']));
  });

  it('and good input is served as before', async () => {
    const { results } = await client.cnn.classify({ model, input: { $case: 'images', value: { images: [encoded(seven)] } } });
    expect(results[0]?.classes[0]?.name).toBe('7');
  });
});
