import { tf, type Tensor, type Variable } from '../engine';
import { CoreError } from '../errors';
import type { DType, HostTensor } from './host-tensor';

/**
 * A TensorFlow tensor over the host tensor's memory, which must not change while the tensor lives. uint8, which tfjs
 * doesn't know, becomes int32 (a copy).
 */
export function toTensor(host: HostTensor): Tensor {
  if (host.dtype === 'uint8') return tf().tensor(Int32Array.from(host.data), host.shape, 'int32');
  return tf().tensor(host.data, host.shape, host.dtype);
}

/** A copy of a TensorFlow tensor in host memory. Waits until the tensor is computed. */
export function toHost(tensor: Tensor): HostTensor {
  if (tensor.dtype === 'string' || tensor.dtype === 'complex64') {
    throw new CoreError('DTYPE_MISMATCH', `received a ${tensor.dtype} tensor, expected float32, int32 or bool`);
  }
  const dtype: DType = tensor.dtype;
  return { dtype, shape: [...tensor.shape], data: tensor.dataSync<'float32' | 'int32' | 'bool'>() };
}

/** Gives a variable the host tensor's value, whose memory it may share until it changes: the caller must not write to it. */
export function assignHost(variable: Variable, value: HostTensor): void {
  const tensor = toTensor(value);
  variable.assign(tensor);
  tensor.dispose();
}

/** Images as networks take them: uint8 in 0..255 becomes float32 in 0..1; float32 is passed on. */
export function toUnitRange(images: HostTensor): HostTensor {
  if (images.dtype === 'float32') return images;
  if (images.dtype !== 'uint8') {
    throw CoreError.invalid('images.dtype', `received ${images.dtype}, expected uint8 or float32`, 'DTYPE_MISMATCH');
  }
  const data = new Float32Array(images.data.length);
  for (let index = 0; index < data.length; index += 1) data[index] = (images.data[index] ?? 0) / 255;
  return { dtype: 'float32', shape: images.shape, data };
}
