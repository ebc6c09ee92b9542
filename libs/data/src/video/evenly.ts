/** Frames in memory for each that is wanted. */
const KEPT = 16;

/**
 * So many frames of a clip, spread evenly over it: the one in the middle of each of `count` equal stretches, as in a temporal segment network
 * (Wang et al., 2016). Of fewer frames, some are taken several times. How many there are needn't be known: of a long clip, frames are thinned out
 * as they come, which moves a choice by at most 1/8 of a stretch.
 *
 * @returns [count, ...frame] in one piece.
 */
export async function spreadEvenly(frames: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array> {
  let kept: Uint8Array[] = [];
  let [step, seen] = [1, 0];
  for await (const frame of frames) {
    if (seen % step === 0) kept.push(frame);
    seen += 1;
    if (kept.length <= KEPT * count) continue;
    kept = kept.filter((_, index) => index % 2 === 0);
    step *= 2;
  }
  const size = kept[0]?.length ?? 0;
  const clip = new Uint8Array(count * size);
  for (let index = 0; index < count; index += 1) {
    const wanted = Math.floor(((index + 0.5) * seen) / count);
    clip.set(kept[Math.floor(wanted / step)]!, index * size);
  }
  return clip;
}
