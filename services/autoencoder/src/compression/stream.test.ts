import { crc32 } from 'node:zlib';
import { QuartetError } from '@quartet/contracts';
import { readLengths, readStream, writeLengths, writeStream } from './stream';

const WEIGHTS = '0a1b2c3d';
const lengths = [3, 5, 1, 300];
const whole = writeStream({ weights: WEIGHTS, version: 300, quality: 3, count: lengths.length, rest: writeLengths(lengths, Buffer.from('an arithmetic code')) });

/** A stream whose checksum is right, whatever else is wrong: what a caller can make who means ill. */
function sealed(body: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([body, checksum]);
}

/** xorshift32 */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

test('a stream is read as it was written', () => {
  const { rest, ...found } = readStream(whole);
  expect(found).toEqual({ weights: WEIGHTS, version: 300, quality: 3, count: 4 });
  expect(readLengths(rest, 4, 300)).toEqual({ lengths, code: Buffer.from('an arithmetic code') });
});

test('whatever bytes come, the answer is data or CORRUPT_DATA with a reason, and no number in it is unbounded', () => {
  const draw = random(7);
  let read = 0;
  for (let run = 0; run < 3_000; run += 1) {
    let body = Buffer.from(whole.subarray(0, -4));
    for (let change = draw(4); change >= 0; change -= 1) {
      const at = draw(body.length || 1);
      const how = draw(4);
      if (how === 0 && body.length > 0) body[at] = draw(2) === 0 ? 0xff : draw(256);
      if (how === 1) body = body.subarray(0, at);
      if (how === 2) body = Buffer.concat([body.subarray(0, at), Buffer.alloc(draw(12), 0xff), body.subarray(at)]);
      if (how === 3) body = Buffer.concat([body.subarray(0, at), body.subarray(at + draw(8))]);
    }
    try {
      const stream = readStream(draw(8) === 0 ? body : sealed(body));
      expect(Number.isSafeInteger(stream.count) && Number.isSafeInteger(stream.version)).toBe(true);
      // The handler refuses more than a batch before it reads on.
      if (stream.count <= 256) readLengths(stream.rest, stream.count, 300);
      read += 1;
    } catch (error) {
      if (!QuartetError.is(error)) throw error;
      expect(error).toMatchObject({ reason: 'CORRUPT_DATA', message: expect.stringMatching(/^stream: \w/) });
    }
  }
  expect(read).toBeGreaterThan(100);
});
