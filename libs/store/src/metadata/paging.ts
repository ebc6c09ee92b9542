import { QuartetError } from '@quartet/contracts';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 1000;

export interface PageRequest {
  pageSize: number;
  pageToken: string;
}

/** @throws QuartetError INVALID_FIELD above 1000. */
export function pageSize(request: PageRequest): number {
  if (request.pageSize > MAX_SIZE) {
    throw QuartetError.invalid('page_size', `is ${request.pageSize}; expected at most ${MAX_SIZE}, or 0 for ${DEFAULT_SIZE}.`);
  }
  return request.pageSize || DEFAULT_SIZE;
}

/** The key of the last row of the page before; undefined for the first page. */
export function keyAfter(request: PageRequest): string | undefined {
  if (request.pageToken === '') return undefined;
  const key = Buffer.from(request.pageToken, 'base64url').toString('utf8');
  if (key.startsWith('k:')) return key.slice(2);
  throw badToken(request.pageToken);
}

/** As `keyAfter`, for keys that are whole numbers. */
export function numberAfter(request: PageRequest): bigint | undefined {
  const key = keyAfter(request);
  if (key === undefined) return undefined;
  if (!/^\d{1,18}$/.test(key)) throw badToken(request.pageToken);
  return BigInt(key);
}

/** Cuts a page out of `size + 1` rows; the token is empty on the last page. */
export function pageOf<Row>(rows: Row[], size: number, key: (row: Row) => string): { rows: Row[]; nextPageToken: string } {
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const nextPageToken = rows.length > size && last !== undefined ? Buffer.from(`k:${key(last)}`).toString('base64url') : '';
  return { rows: page, nextPageToken };
}

const badToken = (token: string): QuartetError =>
  QuartetError.invalid('page_token', `is "${token.slice(0, 80)}"; expected the next_page_token of the page before, or nothing for the first page.`);
