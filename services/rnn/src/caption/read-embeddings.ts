import { tensorToFloat32 } from '@quartet/client';
import { DataType, QuartetError, type rnn } from '@quartet/contracts';
import { checkCount } from '../inputs/check-count';
import type { CaptionerPlan } from './plan';

const BYTES = 4;

/** The embeddings of a request, a vector an image, by the CNN version that the captioner knows. */
export function readEmbeddings({ embeddings, embeddedBy }: rnn.CaptionRequest, { imageModel, mean }: CaptionerPlan, most: number): Float32Array[] {
  const { dtype, shape, data } = embeddings!;
  const by = embeddedBy?.target?.$case === 'version' ? `${embeddedBy.target.value}` : undefined;
  if (embeddedBy?.name !== imageModel.name || by !== imageModel.version) {
    const received = embeddedBy?.name ? `'${embeddedBy.name}' ${by === undefined ? 'without a version' : `version ${by}`}` : 'nothing';
    throw QuartetError.invalid('embedded_by', `received ${received}; the captioner was trained on the embeddings of '${imageModel.name}' version ${imageModel.version}, and knows no others`);
  }
  if (dtype !== DataType.DATA_TYPE_FLOAT32) throw QuartetError.invalid('embeddings.dtype', `received ${DataType[dtype]}, expected DATA_TYPE_FLOAT32`, 'DTYPE_MISMATCH');
  const [count = 0, features] = shape.map(Number);
  if (shape.length !== 2 || features !== mean.length) {
    throw QuartetError.invalid('embeddings.shape', `received [${shape.join(', ')}], expected [images, ${mean.length}]`, 'SHAPE_MISMATCH');
  }
  checkCount(count, 'embeddings', most);
  if (data.length !== count * features * BYTES) {
    throw QuartetError.invalid('embeddings.data', `received ${data.length} bytes, expected ${count * features * BYTES}`, 'BYTE_COUNT_MISMATCH');
  }
  const values = tensorToFloat32(embeddings!);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw QuartetError.invalid('embeddings.data', `received ${values[bad]} at element ${bad}; expected finite numbers`, 'NOT_FINITE');
  return Array.from({ length: count }, (_, row) => values.slice(row * features, (row + 1) * features));
}
