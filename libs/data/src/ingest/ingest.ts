import type { IngestContext, IngestInput, IngestOptions, IngestResult } from '../types';

export async function ingest(_input: IngestInput, _options: IngestOptions, _outDir: string, _context: IngestContext = {}): Promise<IngestResult> {
  throw new Error('in work');
}
