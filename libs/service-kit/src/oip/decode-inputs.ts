import { QuartetError, type inference } from '@quartet/contracts';
import { formatShape } from '@quartet/core';
import { splitElements } from './bytes-elements';
import { bytesFromContents, rawFromContents } from './contents';
import { DATATYPES, isDatatype, type Datatype } from './datatypes';
import type { InferenceSignature, InferenceTensor, InputSpec } from './open-inference';
import { refuseUnknown } from './parameters';
import { accepted, widen, widerFor } from './widen';

export interface DecodedInputs {
  inputs: Record<string, InferenceTensor>;
  /** Where each input stands in the request, by its name. */
  positions: Record<string, number>;
  /** The request had typed contents, and so has its answer. */
  typed: boolean;
}

/**
 * The inputs of a request, checked against what the version takes.
 * @throws QuartetError naming the field: INVALID_FIELD, DTYPE_MISMATCH, SHAPE_MISMATCH, BYTE_COUNT_MISMATCH, EMPTY_BATCH, BATCH_TOO_LARGE
 */
export function decodeInputs({ inputs, rawInputContents: raw }: inference.ModelInferRequest, signature: InferenceSignature, maxBatch: number): DecodedInputs {
  const specs = specsOf(inputs, signature);
  // Some clients send contents that are there but empty; beside raw ones they say nothing.
  const typedAt = inputs.findIndex(({ contents }) => contents !== undefined && (raw.length === 0 || holdsAny(contents)));
  if (raw.length > 0 && typedAt >= 0) {
    throw QuartetError.invalid(`inputs[${typedAt}].contents`, 'is set beside raw_input_contents; send all inputs the one way or the other');
  }
  if (raw.length > 0 && raw.length !== inputs.length) {
    throw QuartetError.invalid('raw_input_contents', `has ${raw.length} entries for ${inputs.length} inputs; send one for each, in their order`);
  }
  const decoded: DecodedInputs = { inputs: {}, positions: {}, typed: typedAt >= 0 };
  inputs.forEach((input, index) => {
    const spec = specs[index]!;
    const path = `inputs[${index}]`;
    const datatype = checkDatatype(input.datatype, spec, path);
    const shape = checkShape(input.shape, spec, path, maxBatch);
    const count = shape.reduce((a, b) => a * b, 1);
    const contents = typedAt >= 0 ? input.contents : undefined;
    refuseUnknown(input.parameters, ['binary_data_size'], `${path}.parameters`);
    decoded.inputs[spec.name] = owned(tensorOf(datatype, shape, count, raw[index], contents, { raw: `raw_input_contents[${index}]`, contents: `${path}.contents` }), spec);
    decoded.positions[spec.name] = index;
  });
  checkBatch(decoded);
  return decoded;
}

const holdsAny = (contents: inference.InferTensorContents): boolean => Object.values(contents).some((elements: unknown[]) => elements.length > 0);

/** The spec of each input, by its name. */
function specsOf(inputs: inference.ModelInferRequest['inputs'], signature: InferenceSignature): InputSpec[] {
  const seen = new Set<string>();
  const specs = inputs.map(({ name }, index) => {
    const spec = signature.inputs.find((each) => each.name === name);
    if (!spec) throw QuartetError.invalid(`inputs[${index}].name`, `is '${name}'; the model takes ${listOf(signature.inputs)}`);
    if (seen.has(name)) throw QuartetError.invalid(`inputs[${index}].name`, `is '${name}' for the second time; send each input once`);
    seen.add(name);
    return spec;
  });
  const missing = signature.inputs.find(({ name, optional }) => !optional && !seen.has(name));
  if (missing) throw QuartetError.invalid('inputs', `lack '${missing.name}', ${missing.datatypes[0]} ${formatShape(missing.shape)}; the model takes ${listOf(signature.inputs)}`);
  return specs;
}

const listOf = (specs: readonly InputSpec[]): string => specs.map(({ name, optional }) => `'${name}'${optional ? ' (optional)' : ''}`).join(', ');

function checkDatatype(received: string, spec: InputSpec, path: string): Datatype {
  const takes = accepted(spec.datatypes);
  if (isDatatype(received) && takes.includes(received)) return received;
  throw QuartetError.invalid(`${path}.datatype`, `received ${received === '' ? 'nothing' : received} for '${spec.name}', expected ${takes.join(', ')}`, 'DTYPE_MISMATCH');
}

/** Sizes beyond it are no sizes: no message holds as much. */
const MOST = 2 ** 31 - 1;

function checkShape(received: readonly bigint[], { name, shape }: InputSpec, path: string, maxBatch: number): number[] {
  const fits = received.length === shape.length && received.every((size, axis) => size >= 0n && (shape[axis] === -1 || Number(size) === shape[axis]));
  if (!fits) throw QuartetError.invalid(`${path}.shape`, `received [${received.join(', ')}] for '${name}', expected ${formatShape(shape)}, where -1 is any size`, 'SHAPE_MISMATCH');
  const [batch = 0n] = received;
  if (batch === 0n) throw QuartetError.invalid(`${path}.shape`, `received a batch of 0, expected 1 to ${maxBatch}`, 'EMPTY_BATCH');
  if (batch > BigInt(maxBatch)) {
    throw QuartetError.invalid(`${path}.shape`, `received a batch of ${batch}, expected at most ${maxBatch} (QUARTET_MAX_BATCH); split it into several calls`, 'BATCH_TOO_LARGE');
  }
  const sizes = received.map(Number);
  // In floating point, which is off by little where it is off: far from the limit.
  if (sizes.some((size) => size > MOST) || sizes.reduce((a, b) => a * b, 1) > MOST) {
    const huge = received.find((size) => size > MOST) ?? received.reduce((a, b) => a * b, 1n);
    throw QuartetError.invalid(`${path}.shape`, `received [${received.join(', ')}] for '${name}': ${huge} elements are more than a message holds`, 'SHAPE_MISMATCH');
  }
  return sizes;
}

function tensorOf(
  datatype: Datatype,
  shape: number[],
  count: number,
  raw: Buffer | undefined,
  contents: inference.InferTensorContents | undefined,
  fields: { raw: string; contents: string },
): InferenceTensor {
  if (datatype === 'BYTES') {
    if (contents) return { datatype, shape, elements: bytesFromContents(contents, count, fields.contents) };
    return { datatype, shape, elements: splitElements(raw ?? Buffer.alloc(0), count, fields.raw) };
  }
  if (contents) return { datatype, shape, data: rawFromContents(contents, datatype, count, fields.contents) };
  const expected = count * DATATYPES[datatype].bytes;
  if (!raw) throw QuartetError.invalid('raw_input_contents', `is empty, and so are the inputs' contents; expected ${expected} bytes of ${datatype} ${formatShape(shape)}`, 'BYTE_COUNT_MISMATCH');
  if (raw.length !== expected) {
    throw QuartetError.invalid(fields.raw, `received ${raw.length} bytes, expected ${expected} for ${datatype} ${formatShape(shape)}; send little-endian elements in row-major order`, 'BYTE_COUNT_MISMATCH');
  }
  return { datatype, shape, data: raw };
}

/** In one of the input's own datatypes. */
function owned(tensor: InferenceTensor, { datatypes }: InputSpec): InferenceTensor {
  if (tensor.datatype === 'BYTES' || datatypes.includes(tensor.datatype)) return tensor;
  return widen(tensor, widerFor(tensor.datatype, datatypes)!);
}

function checkBatch({ inputs, positions }: DecodedInputs): void {
  const [first, ...others] = Object.entries(inputs);
  if (others.length === 0) return;
  const other = others.find(([, { shape }]) => shape[0] !== first![1].shape[0]);
  if (!other) return;
  const [name, { shape }] = other;
  throw QuartetError.invalid(`inputs[${positions[name]}].shape`, `has a batch of ${shape[0]}, but '${first![0]}' one of ${first![1].shape[0]}; make them equal`, 'SHAPE_MISMATCH');
}
