import { cnn } from '@quartet/contracts';
import type { LayerSpec } from '@quartet/core';

/** A built network's layers as the spec of a request: the inverse of toNetworkSpec. */
export function toProtoSpec(layers: readonly LayerSpec[]): cnn.CnnSpec {
  // Proto and core call layers and settings the same; only enums differ.
  return cnn.CnnSpec.fromJSON({ layers: layers.map(({ kind, ...settings }) => ({ [kind]: Object.fromEntries(Object.entries(settings).map(enumsNamed)) })) });
}

function enumsNamed([name, value]: [string, unknown]): [string, unknown] {
  if (name === 'bias') return ['withoutBias', value === false];
  if (name !== 'activation' && name !== 'padding') return [name, value];
  const constant = String(value).replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return [name, `${name.toUpperCase()}_${constant}`];
}
