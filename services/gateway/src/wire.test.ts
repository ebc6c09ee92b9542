import { inference, type QuartetError } from '@quartet/contracts';
import { readTextAt, readTexts } from './wire';

const message = (request: Partial<inference.ModelInferRequest>): Buffer => Buffer.from(inference.ModelInferRequest.encode(inference.ModelInferRequest.fromPartial(request as never)).finish());

describe('readTexts', () => {
  test('finds texts among tensors, in whatever order the fields come', () => {
    const first = message({ modelName: 'digits', modelVersion: '2', id: 'a' });
    const tensors = message({ rawInputContents: [Buffer.alloc(300_000, 0x0a)], inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, 2n ** 62n], parameters: {}, contents: undefined }] });
    expect(readTexts(Buffer.concat([first, tensors]), [1, 2, 3])).toEqual(['digits', '2', 'a']);
    expect(readTexts(Buffer.concat([tensors, first]), [1, 3])).toEqual(['digits', 'a']);
    expect(readTexts(tensors, [1])).toEqual(['']);
    expect(readTexts(Buffer.alloc(0), [1])).toEqual(['']);
  });

  test('takes the last of several, as decoders do, and skips fields of all kinds', () => {
    const kinds = Buffer.from([0x78, 0xff, 0x01, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4]);
    expect(readTexts(Buffer.concat([message({ modelName: 'a' }), kinds, message({ modelName: 'bé' })]), [1])).toEqual(['bé']);
  });

  test.each([
    ['a length beyond the end', [0x0a, 0x05, 0x61]],
    ['a huge length', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ['a number without an end', [0x08, 0xff]],
    ['a number that is too long', [0x08, ...new Array<number>(11).fill(0xff), 0x01]],
    ['a group', [0x0b, 0x0c]],
    ['a fixed number cut short', [0x0d, 0x01]],
  ])('%s is no message', (_, bytes) => {
    expect(() => readTexts(Buffer.from(bytes), [1])).toThrow(expect.objectContaining({ reason: 'INVALID_FIELD' } satisfies Partial<QuartetError>));
  });
});

describe('readTextAt', () => {
  const text = (at: number, of: string) => Buffer.concat([Buffer.from([at * 8 + 2, of.length]), Buffer.from(of)]);
  const inside = (at: number, of: Buffer) => Buffer.concat([Buffer.from([at * 8 + 2, of.length]), of]);

  test('finds a text inside messages, the last one where a message comes in parts', () => {
    const whole = Buffer.concat([inside(2, text(1, 'not me')), inside(1, text(1, 'digits')), inside(1, text(3, 'canary'))]);
    expect(readTextAt(whole, [1, 1])).toBe('digits');
    expect(readTextAt(Buffer.concat([whole, inside(1, text(1, 'letters'))]), [1, 1])).toBe('letters');
    expect(readTextAt(inside(1, whole), [1, 1, 1])).toBe('digits');
    expect(readTextAt(whole, [3, 1])).toBeUndefined();
    expect(readTextAt(Buffer.alloc(0), [1, 1])).toBeUndefined();
  });

  test('bytes that are no message have none', () => {
    expect(readTextAt(Buffer.concat([inside(1, text(1, 'digits')), Buffer.from([0x0b])]), [1, 1])).toBeUndefined();
    // A text that leaves its message, though not the whole.
    expect(readTextAt(Buffer.concat([Buffer.from([0x0a, 0x02, 0x0a, 0x05]), Buffer.from('digits')]), [1, 1])).toBeUndefined();
  });
});
