import { scoped } from '../engine';
import { CoreError } from '../errors';
import { toHost, toTensor } from '../tensor/convert';
import { elementCount, formatShape, type HostTensor } from '../tensor/host-tensor';
import type { ExportableModel, FunctionSignature, ModelFunction } from './export-model';
import { SavedModelSession } from './session';

/** How far the exported graph may stray from the model, relative to the largest value of an output: rounding, no more. */
const TOLERANCE = 1e-4;
/** Neither of the sizes at which the graph was recorded. */
const BATCH = 5;

/** @throws CoreError INTERNAL when the exported graph in the folder doesn't compute what the model's functions do. */
export function compareWithExport(folder: string, model: ExportableModel, signatures: Record<string, FunctionSignature>): void {
  const session = new SavedModelSession(folder, signatures);
  try {
    for (const [name, each] of Object.entries(model.functions)) {
      const inputs = examples(each);
      const exported = session.run(inputs, undefined, name);
      const own = eager(each, inputs);
      for (const [output, expected] of Object.entries(own)) checkClose(output, exported[output] as HostTensor, expected);
    }
  } finally {
    session.dispose();
  }
}

/** Numbers in 0..1; whole ones are 0 and 1, which any vocabulary has. */
function examples({ inputs }: ModelFunction): Record<string, HostTensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { dtype, shape }]): [string, HostTensor] => {
      const batched = [BATCH, ...shape];
      const at = (index: number): number => ((index * 37) % 101) / 100;
      const whole = (index: number): number => Math.round(at(index));
      const length = elementCount(batched);
      if (dtype === 'float32') return [name, { dtype, shape: batched, data: Float32Array.from({ length }, (_, index) => at(index)) }];
      if (dtype === 'int32') return [name, { dtype, shape: batched, data: Int32Array.from({ length }, (_, index) => whole(index)) }];
      return [name, { dtype, shape: batched, data: Uint8Array.from({ length }, (_, index) => whole(index)) }];
    }),
  );
}

function eager({ compute }: ModelFunction, inputs: Record<string, HostTensor>): Record<string, HostTensor> {
  return scoped(() => {
    const outputs = compute(Object.fromEntries(Object.entries(inputs).map(([name, host]) => [name, toTensor(host)])));
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toHost(tensor)]));
  });
}

function checkClose(name: string, exported: HostTensor, own: HostTensor): void {
  const fail = (received: unknown, expected: unknown, where = ''): CoreError =>
    new CoreError('INTERNAL', `the exported graph yields ${String(received)} where the model yields ${String(expected)} (${name}${where}); the artefact is not usable`);
  if (formatShape(exported.shape) !== formatShape(own.shape)) throw fail(formatShape(exported.shape), formatShape(own.shape));
  // A whole number may be the index of the larger of two equal ones.
  if (own.dtype !== 'float32') return;
  let scale = 1;
  for (const value of own.data) scale = Math.max(scale, Math.abs(value));
  for (const [index, value] of own.data.entries()) {
    // Written so that NaN fails.
    if (Math.abs((exported.data[index] ?? NaN) - value) <= TOLERANCE * scale) continue;
    throw fail(exported.data[index], value, `, element ${index}`);
  }
}
