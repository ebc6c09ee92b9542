import { ArithmeticDecoder, ArithmeticEncoder } from './arithmetic-coder';
import { decodeCodes, encodeCodes, fitCodebookTable } from './codebook-code';
import { decodeLatents, encodeLatents, fitLatentTable, QUALITIES } from './latent-code';

/** Normal numbers from a fixed seed. */
function normals(count: number): Float32Array {
  let state = 11;
  const unit = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit()));
}

describe('arithmetic coding', () => {
  const cumulative = [0, 60_000, 65_000, 65_535, 65_536];

  test('gives back what it was given, in about as many bits as its entropy', () => {
    const uniform = normals(20_000);
    const symbols = Array.from(uniform, (value) => (Math.abs(value) < 1.7 ? 0 : Math.abs(value) < 2.6 ? 1 : Math.abs(value) < 4 ? 2 : 3));
    const encoder = new ArithmeticEncoder();
    for (const symbol of symbols) encoder.encode(cumulative[symbol]!, cumulative[symbol + 1]! - cumulative[symbol]!, 65_536);
    const bytes = encoder.finish();
    const bits = symbols.reduce<number>((sum, symbol) => sum - Math.log2((cumulative[symbol + 1]! - cumulative[symbol]!) / 65_536), 0);
    expect(bytes.length * 8).toBeLessThan(bits * 1.001 + 16);
    const decoder = new ArithmeticDecoder(bytes);
    expect(symbols.map(() => decoder.decode(cumulative))).toEqual(symbols);
  });

  test.each([0, 1, 2, 3])('codes nothing but symbol %i', (symbol) => {
    const encoder = new ArithmeticEncoder();
    for (let at = 0; at < 500; at += 1) encoder.encode(cumulative[symbol]!, cumulative[symbol + 1]! - cumulative[symbol]!, 65_536);
    const decoder = new ArithmeticDecoder(encoder.finish());
    for (let at = 0; at < 500; at += 1) expect(decoder.decode(cumulative)).toBe(symbol);
  });
});

describe('latents as code', () => {
  const [count, size] = [3000, 6];
  // Units of other spreads; the last one never changes.
  const latents = normals(count * size).map((value, at) => (at % size === 5 ? 0.25 : value * (1 + (at % size))));
  const table = fitLatentTable(latents, size);

  test('come back quantized, the better the quality the nearer', () => {
    const some = latents.subarray(0, 600);
    const errors: number[] = [];
    const lengths: number[] = [];
    for (let quality = 1; quality <= QUALITIES; quality += 1) {
      const code = encodeLatents(table, some, quality);
      const back = decodeLatents(table, code, 100, quality);
      // What is quantized already stays as it is.
      expect(decodeLatents(table, encodeLatents(table, back, quality), 100, quality)).toEqual(back);
      errors.push(back.reduce((sum, value, at) => sum + (value - some[at]!) ** 2, 0) / back.length);
      lengths.push(code.length);
    }
    expect(errors).toEqual([...errors].sort((a, b) => b - a));
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(errors[4]! / errors[0]!).toBeLessThan(0.02);
    // 64 steps over about 8 deviations: a normal number's entropy is then 2.05 + 3 bits.
    expect((lengths[4]! * 8) / 500).toBeLessThan(5.3);
  });

  test('outside of the range they become its ends', () => {
    const back = decodeLatents(table, encodeLatents(table, new Float32Array(size).fill(1e6), 5), 1, 5);
    back.forEach((value, unit) => expect(value).toBeGreaterThan(table.low[unit]! + 63 * table.width[unit]! - 1e-6));
  });

  test('the same bytes always, with nothing for nothing', () => {
    expect(Buffer.from(encodeLatents(table, latents.subarray(0, 60), 3))).toEqual(Buffer.from(encodeLatents(fitLatentTable(latents, size), latents.subarray(0, 60), 3)));
    expect(encodeLatents(table, [], 3).length).toBeLessThan(2);
  });
});

describe('a codebook', () => {
  const vectors = Float32Array.from({ length: 3 * 8 * 2 }, (_, at) => Math.fround(Math.sin(at * 1.7)));
  const made = Float32Array.from(Array.from({ length: 200 }, (_, example) => [0, 1, 2].flatMap((group) => [...vectors.subarray((group * 8 + ((example * (group + 1)) % 5)) * 2).subarray(0, 2)])).flat());

  it('gives back the very latents, also after its table was JSON', () => {
    const table = JSON.parse(JSON.stringify(fitCodebookTable(made, vectors, 8, 2))) as ReturnType<typeof fitCodebookTable>;
    const code = encodeCodes(table, made);
    expect(decodeCodes(table, code, 200)).toEqual(made);
    // Five of eight codes are in use: about log2(5) bits each.
    expect(code.length).toBeLessThan((600 * 2.5) / 8);
  });
});
