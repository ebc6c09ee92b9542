import { CoreError } from '../errors';
import type { NamedVariable } from '../layers/layer';
import { assignHost, toHost } from '../tensor/convert';
import { formatShape, type HostTensor } from '../tensor/host-tensor';

/** Copies of the variables' values, by name. */
export function exportVariables(variables: readonly NamedVariable[]): Map<string, HostTensor> {
  return new Map(variables.map(({ name, variable }) => [name, toHost(variable)]));
}

/** @throws CoreError CORRUPT_DATA, before anything is set, unless there is a tensor of the right dtype and shape for each variable. */
export function importVariables(variables: readonly NamedVariable[], values: ReadonlyMap<string, HostTensor>): void {
  for (const { name, variable } of variables) {
    const value = values.get(name);
    if (value && value.dtype === variable.dtype && formatShape(value.shape) === formatShape(variable.shape)) continue;
    const received = value ? `${value.dtype} ${formatShape(value.shape)}` : 'nothing';
    throw new CoreError('CORRUPT_DATA', `checkpoint: ${name} is ${received}, expected ${variable.dtype} ${formatShape(variable.shape)}`);
  }
  for (const { name, variable } of variables) assignHost(variable, values.get(name) as HostTensor);
}
