import type { Records } from '@quartet/data';

/** A field of all records, in their order. */
export const textsOf = (records: Records, field: string): string[] => Array.from({ length: records.count }, (_, row) => records.text(row, field));
