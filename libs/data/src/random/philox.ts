/**
 * Philox 4x32-10, a counter-based generator: the k-th number of a stream is a function of key and counter alone, so any
 * example of any epoch has its numbers at hand without drawing those before it, in any order, on any machine.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. It passes BigCrush.
 */
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;
const ROUNDS = 10;

/** What a stream of numbers is for: the last word of the counter, so that no two purposes share numbers. */
export const Purpose = { split: 1, shuffle: 2, augment: 3, latent: 4 } as const;

/** High 32 bits of the product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = (middle & 0xffff) + aLow * bHigh;
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) >>> 0;
}

/** One block: four words from a counter of four and a key of two. Writes to `out`. */
export function philoxBlock(counter: ArrayLike<number>, key0: number, key1: number, out: Uint32Array): void {
  let c0 = counter[0]!;
  let c1 = counter[1]!;
  let c2 = counter[2]!;
  let c3 = counter[3]!;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(M0, c0);
    const high1 = multiplyHigh(M1, c2);
    const low0 = Math.imul(M0, c0) >>> 0;
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ key0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ key1) >>> 0;
    c3 = low0;
    key0 = (key0 + W0) >>> 0;
    key1 = (key1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** The numbers of one stream, in order. */
export class Philox {
  private readonly key0: number;
  private readonly key1: number;
  private readonly counter = new Uint32Array(4);
  private readonly block = new Uint32Array(4);
  private used = 4;

  /** @param seed Unsigned 64 bit, the key. @param purpose One of `Purpose`. */
  constructor(seed: bigint | number, purpose: number) {
    const key = BigInt.asUintN(64, BigInt(seed));
    this.key0 = Number(key & 0xffffffffn);
    this.key1 = Number(key >> 32n);
    this.counter[3] = purpose;
  }

  /** Goes to the start of the stream of (a, b), for instance (epoch, example). */
  seek(a: number, b: number): this {
    this.counter[0] = 0;
    this.counter[1] = b;
    this.counter[2] = a;
    this.used = 4;
    return this;
  }

  /** Uniform over 0 to 2^32 - 1. */
  uint32(): number {
    if (this.used === 4) {
      philoxBlock(this.counter, this.key0, this.key1, this.block);
      this.counter[0]!++;
      this.used = 0;
    }
    return this.block[this.used++]!;
  }

  /** Uniform over [0, 1), in steps of 2^-32. */
  unit(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** Uniform over [-1, 1). */
  signed(): number {
    return this.unit() * 2 - 1;
  }

  /**
   * Uniform over 0 to n - 1, without bias.
   * Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019.
   */
  below(n: number): number {
    let drawn = this.uint32();
    let low = Math.imul(drawn, n) >>> 0;
    if (low < n) {
      const rejected = (0x1_0000_0000 - n) % n;
      while (low < rejected) {
        drawn = this.uint32();
        low = Math.imul(drawn, n) >>> 0;
      }
    }
    return multiplyHigh(drawn, n);
  }
}

/** Shuffles in place: Fisher and Yates' method as Durstenfeld wrote it (CACM 7(7), 1964). */
export function shuffle(items: Uint32Array, random: Philox): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    const item = items[last]!;
    items[last] = items[other]!;
    items[other] = item;
  }
}
