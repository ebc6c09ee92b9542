import type { LoadedPart } from '../types';
import { ImageBatches } from './image-batches';
import type { ImageBatchesOptions } from './options';

/** What a batch worker needs to make ImageBatches. */
export interface ImageBatchesData {
  part: LoadedPart;
  options: ImageBatchesOptions;
}

/** Called in a batch worker: see imageBatchesInWorker. */
export const createBatches = ({ part, options }: ImageBatchesData): ImageBatches => new ImageBatches(part, options);
