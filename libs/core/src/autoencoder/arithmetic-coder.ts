import { CoreError } from '../errors';

// Arithmetic coding (Witten, Neal and Cleary, 1987) over whole numbers: the same bytes on every machine.

const TOP = 2 ** 32;
const HALF = 2 ** 31;
const QUARTER = 2 ** 30;
/** Frequencies of one alphabet may add up to this: the range, at least a quarter, then never runs out. */
export const MOST_FREQUENCY = 2 ** 16;

/** Encodes symbols, each under its alphabet's frequencies, which the decoder must know as well. */
export class ArithmeticEncoder {
  private readonly bits: number[] = [];
  private low = 0;
  private high = TOP - 1;
  private pending = 0;

  /** @param below Sum of the frequencies of the symbols before this one. @param total Of all, at most 65536. */
  encode(below: number, frequency: number, total: number): void {
    const range = this.high - this.low + 1;
    this.high = this.low + Math.floor((range * (below + frequency)) / total) - 1;
    this.low += Math.floor((range * below) / total);
    for (;;) {
      if (this.high < HALF) this.emit(0);
      else if (this.low >= HALF) {
        this.emit(1);
        this.low -= HALF;
        this.high -= HALF;
      } else if (this.low >= QUARTER && this.high < HALF + QUARTER) {
        this.pending += 1;
        this.low -= QUARTER;
        this.high -= QUARTER;
      } else return;
      this.low *= 2;
      this.high = this.high * 2 + 1;
    }
  }

  /** The code so far, as few bytes as tell it apart; missing ones count as zeros. */
  finish(): Uint8Array {
    this.pending += 1;
    this.emit(this.low < QUARTER ? 0 : 1);
    const bytes = new Uint8Array(Math.ceil(this.bits.length / 8));
    this.bits.forEach((bit, at) => (bytes[at >> 3]! |= bit << (7 - (at & 7))));
    const length = bytes.findLastIndex((byte) => byte !== 0) + 1;
    return bytes.subarray(0, length);
  }

  private emit(bit: number): void {
    this.bits.push(bit);
    for (; this.pending > 0; this.pending -= 1) this.bits.push(1 - bit);
  }
}

export class ArithmeticDecoder {
  private low = 0;
  private high = TOP - 1;
  private value = 0;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    for (let bit = 0; bit < 32; bit += 1) this.value = this.value * 2 + this.next();
  }

  /** @param cumulative Sums of the frequencies before each symbol, and the total as its last. @returns The symbol. */
  decode(cumulative: ArrayLike<number>): number {
    const total = cumulative[cumulative.length - 1] as number;
    const range = this.high - this.low + 1;
    const target = Math.floor(((this.value - this.low + 1) * total - 1) / range);
    let symbol = 0;
    while ((cumulative[symbol + 1] as number) <= target) symbol += 1;
    if (symbol >= cumulative.length - 1) throw new CoreError('CORRUPT_DATA', 'the code holds a symbol that is none');
    this.high = this.low + Math.floor((range * (cumulative[symbol + 1] as number)) / total) - 1;
    this.low += Math.floor((range * (cumulative[symbol] as number)) / total);
    for (;;) {
      let offset = 0;
      if (this.low >= HALF) offset = HALF;
      else if (this.low >= QUARTER && this.high < HALF + QUARTER) offset = QUARTER;
      else if (this.high >= HALF) return symbol;
      this.low = (this.low - offset) * 2;
      this.high = (this.high - offset) * 2 + 1;
      this.value = (this.value - offset) * 2 + this.next();
    }
  }

  private next(): number {
    const byte = this.bytes[this.at >> 3] ?? 0;
    const bit = (byte >> (7 - (this.at & 7))) & 1;
    this.at += 1;
    return bit;
  }
}
