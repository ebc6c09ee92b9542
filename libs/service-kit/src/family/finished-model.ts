import type { Manifest } from '@quartet/core';
import type { FinishedModel } from './architecture-family';

/** What the registry keeps of a written artefact. */
export function finishedModel({ signature: { inputs, outputs }, metrics, parameterCount, seed, weightsSha256 }: Manifest): FinishedModel {
  const ports = (tensors: typeof inputs) => Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  return { inputs: ports(inputs), outputs: ports(outputs), metrics, parameterCount, seed: BigInt(seed), weightsSha256 };
}
