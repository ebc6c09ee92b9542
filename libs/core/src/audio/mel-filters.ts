/** Where a band's triangle lies among the bins of a spectrum, and its weights from there on. */
export interface MelFilter {
  start: number;
  weights: Float64Array;
}

/** HTK's mel scale (Stevens et al., 1937; O'Shaughnessy, 1987). */
const melOf = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);

/**
 * Triangles of equal width in mel, each from the last one's peak to the next one's, of height 1.
 *
 * @param bins Of a spectrum from 0 to half the sampling rate. @param low Hertz where the first begins. @param high Where the last ends.
 */
export function melFilters(bands: number, bins: number, sampleRate: number, low: number, high: number): MelFilter[] {
  const [first, last] = [melOf(low), melOf(high)];
  const edge = (index: number): number => first + ((last - first) * index) / (bands + 1);
  const mel = Float64Array.from({ length: bins }, (_, bin) => melOf((bin * sampleRate) / 2 / (bins - 1)));
  return Array.from({ length: bands }, (_, band) => {
    const [left, peak, right] = [edge(band), edge(band + 1), edge(band + 2)];
    // The bin of 0 Hz is a constant offset, not sound.
    const weights = mel.map((at, bin) => (bin === 0 ? 0 : Math.max(0, Math.min((at - left) / (peak - left), (right - at) / (right - peak)))));
    const start = Math.max(0, weights.findIndex((weight) => weight > 0));
    const end = weights.findLastIndex((weight) => weight > 0) + 1;
    return { start, weights: weights.slice(start, Math.max(start, end)) };
  });
}
