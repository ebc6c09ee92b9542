import { QuartetError } from '@quartet/contracts';

/**
 * Checks how many things a request holds.
 * @param field Path in the request. @param most QUARTET_MAX_BATCH.
 * @throws QuartetError EMPTY_BATCH, BATCH_TOO_LARGE
 */
export function checkCount(count: number, field: string, most: number): void {
  if (count === 0) throw QuartetError.invalid(field, `received none, expected 1 to ${most}`, 'EMPTY_BATCH');
  if (count > most) throw QuartetError.invalid(field, `received ${count}, expected at most ${most} (QUARTET_MAX_BATCH); split them into several calls`, 'BATCH_TOO_LARGE');
}
