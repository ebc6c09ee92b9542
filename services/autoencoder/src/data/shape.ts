import { Part, type Dataset } from '@quartet/contracts';

/** What a data set's kind makes of an example. */
export type DataKind = 'image' | 'table' | 'series' | 'sequence';

export interface DataShape {
  kind: DataKind;
  /** Of an example as stored: [height, width, channels], [columns], or [time, columns]. */
  stored: number[];
  /** Rows of the training part. */
  rows: number;
}

const KINDS: readonly string[] = ['image', 'table', 'series', 'sequence'] satisfies DataKind[];

/** Undefined: of a kind that no autoencoder trains on. */
export function shapeOf({ schema, parts }: Dataset): DataShape | undefined {
  if (!schema || !KINDS.includes(schema.kind)) return undefined;
  const rows = Number(parts.find(({ part }) => part === Part.PART_TRAIN)?.count ?? 0n);
  return { kind: schema.kind as DataKind, stored: schema.exampleShape.map(Number), rows };
}

/** Of an example as the network sees it. @param window Rows of a series that make one. */
export const inputShapeOf = ({ kind, stored }: DataShape, window: number): number[] => (kind === 'series' ? [window, ...stored] : stored);
