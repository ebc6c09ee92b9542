import type { LoadedPart, Records } from '@quartet/data';

/** What an example is, by the number of its axes. */
export type ExampleKind = 'table' | 'sound' | 'image' | 'video';

const KINDS: readonly ExampleKind[] = ['table', 'sound', 'image', 'video'];

/** @param shape [columns], [samples, 1], [height, width, channels] or [frames, height, width, channels]. */
export const kindOf = (shape: readonly number[]): ExampleKind => KINDS[shape.length - 1] ?? 'table';

/** An example begins where its recording first is so loud, of its loudest sample. */
const ONSET = 0.02;
const FULL_SCALE = 32_768;

/**
 * Recordings as examples of equal length in -1..1: each from where it becomes loud, cut off after `samples`, or filled up with silence.
 * A recording's class of -1, none, counts as 0.
 */
export function clipsOf(records: Pick<Records, 'count' | 'classes' | 'pcm'>, samples: number): LoadedPart {
  const examples = new Float32Array(records.count * samples);
  for (let row = 0; row < records.count; row += 1) {
    const pcm = records.pcm(row, 'audio');
    const loudest = pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const onset = Math.max(0, pcm.findIndex((sample) => Math.abs(sample) > ONSET * loudest));
    pcm.subarray(onset, onset + samples).forEach((sample, at) => (examples[row * samples + at] = sample / FULL_SCALE));
  }
  return { count: records.count, exampleShape: [samples, 1], examples, labels: records.classes.map((of) => Math.max(0, of)) };
}
