import type { Manifest } from '@quartet/core';
import type { FinishedModel } from '@quartet/service-kit';

/** What the registry keeps of a written artefact. */
export function finished(manifest: Manifest, metrics: Record<string, number>, seed: bigint): FinishedModel {
  const signature = (tensors: Manifest['signature']['inputs']) => Object.entries(tensors).map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
  return {
    inputs: signature(manifest.signature.inputs),
    outputs: signature(manifest.signature.outputs),
    metrics,
    parameterCount: manifest.parameterCount,
    seed,
    weightsSha256: manifest.weightsSha256,
  };
}
