import { unusable } from '../problems';
import type { PartName } from '../types';
import { countClasses } from './labels';
import type { ResolvedOptions } from './options';
import type { Source, SourcePart } from './source';
import { splitGroups, stratifiedSplit } from './split';
import { isRecordKind } from '../records/kinds';
import { partitionSeries } from '../series/partition-series';

const DEFAULT_VALIDATION_SHARE = 0.1;
/** Streams of the split's random numbers. */
const STREAM = { test: 0, validation: 1 } as const;

/** Which rows of which source part make up a part of the data set. */
export interface PartRows {
  part: PartName;
  from: SourcePart;
  /** Ascending. */
  rows: Uint32Array;
}

/**
 * Decides which examples make up each part. Parts that the source brings are kept; validation is otherwise carved from
 * the training part, as is test if a share is asked for.
 *
 * @throws QuartetError UNUSABLE_DATASET: fewer than two classes to learn.
 */
export function partition(source: Source, options: ResolvedOptions): { parts: PartRows[]; classCounts: Partial<Record<PartName, number[]>> } {
  if (source.kind === 'series') return { parts: partitionSeries(source, options), classCounts: {} };
  const { train, validation, test } = source.parts;
  const records = isRecordKind(source.kind);
  // Tags are not classes of sentences.
  const labelled = source.target === undefined && source.kind !== 'tagged' && (!records || source.classNames.length > 0);
  const classes = labelled ? source.classNames.length : 1;
  if (labelled && classes < 2) {
    throw unusable(train.file, {
      received: `${train.count} examples of one class, "${source.classNames[0]}"`,
      expected: 'at least two classes',
      remedy: 'Add examples of another class.',
    });
  }
  let rows = allRows(train);
  const parts: PartRows[] = [];
  const carve = (part: 'validation' | 'test', share: number): void => {
    if (share === 0) return;
    const labels = labelled ? train.labels : new Int32Array(train.count);
    const { kept, aside } = splitGroups(train.groups, rows, (units) => stratifiedSplit(labels, units, classes, share, options.splitSeed, STREAM[part]));
    rows = kept;
    if (aside.length > 0) parts.push({ part, from: train, rows: aside });
  };
  if (test) parts.push({ part: 'test', from: test, rows: allRows(test) });
  else carve('test', options.testShare ?? 0);
  if (validation) parts.push({ part: 'validation', from: validation, rows: allRows(validation) });
  else carve('validation', options.validationShare ?? DEFAULT_VALIDATION_SHARE);
  parts.push({ part: 'train', from: train, rows });
  const ordered = (['train', 'validation', 'test'] as const).flatMap((name) => parts.filter(({ part }) => part === name));
  if (!labelled) return { parts: ordered, classCounts: {} };
  const classCounts = Object.fromEntries(
    ordered.map(({ part, from, rows: selected }) => [part, countClasses(Int32Array.from(selected, (row) => from.labels[row]!), classes)]),
  );
  return { parts: ordered, classCounts };
}

const allRows = ({ count }: SourcePart): Uint32Array => new Uint32Array(count).map((_, row) => row);
