import type { Source } from '../ingest/source';
import type { ResolvedOptions } from '../ingest/options';
import type { PartRows } from '../ingest/partition';
import type { PartName } from '../types';
import { unusable } from '../problems';

const SHARES = { validation: 0.1, test: 0.15 };

/** A series is cut by time: training, then validation, then test, so that nothing is learned from what comes later. */
export function partitionSeries({ parts: { train } }: Source, options: ResolvedOptions): PartRows[] {
  const test = Math.round(train.count * (options.testShare ?? SHARES.test));
  const validation = Math.round((train.count - test) * (options.validationShare ?? SHARES.validation));
  const bounds: [PartName, number, number][] = [
    ['train', 0, train.count - test - validation],
    ['validation', train.count - test - validation, train.count - test],
    ['test', train.count - test, train.count],
  ];
  if (bounds[0]![2] < 2) {
    throw unusable(train.file, { received: `${bounds[0]![2]} rows to train on, of ${train.count}`, expected: 'at least 2', remedy: 'Lower validation_share and test_share, or send more data.' });
  }
  return bounds
    .filter(([, from, to]) => to > from)
    .map(([part, from, to]) => ({ part, from: train, rows: Uint32Array.from({ length: to - from }, (_, row) => from + row) }));
}
