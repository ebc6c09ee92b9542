import fc, { type Arbitrary } from 'fast-check';

/** Numbers that headers use to say how much there is. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

type Change = { at: number } & ({ byte: number } | { word: number; little: boolean } | { cut: true } | { insert: Uint8Array } | { drop: number } | { repeat: number });

/** Where: early on mostly, since that is where headers are. */
const place = fc.oneof({ weight: 2, arbitrary: fc.double({ min: 0, max: 0.1, noNaN: true }) }, { weight: 1, arbitrary: fc.double({ min: 0, max: 0.999, noNaN: true }) });

const change: Arbitrary<Change> = fc.oneof(
  fc.record({ at: place, byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ at: place, word: fc.constantFrom(...EDGES), little: fc.boolean() }),
  fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.constant(true as const) }),
  fc.record({ at: place, insert: fc.uint8Array({ maxLength: 12 }) }),
  fc.record({ at: place, drop: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ at: place, repeat: fc.integer({ min: 1, max: 200 }) }),
);

function changed(bytes: Buffer, how: Change): Buffer {
  const at = Math.floor(bytes.length * how.at);
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  if ('cut' in how) return head;
  if ('insert' in how) return Buffer.concat([head, how.insert, tail]);
  if ('drop' in how) return Buffer.concat([head, tail.subarray(how.drop)]);
  if ('repeat' in how) return Buffer.concat([head, tail.subarray(0, how.repeat), tail]);
  const copy = Buffer.from(bytes);
  if ('byte' in how) {
    if (at < copy.length) copy[at] = how.byte;
  } else if (at + 4 <= copy.length) {
    if (how.little) copy.writeUInt32LE(how.word, at);
    else copy.writeUInt32BE(how.word, at);
  }
  return copy;
}

/** A file as it is after one to four things have happened to it. */
export const damaged = (file: Uint8Array): Arbitrary<Buffer> => fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => changes.reduce(changed, Buffer.from(file)));
