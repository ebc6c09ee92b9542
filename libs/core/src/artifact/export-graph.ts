import type { Network } from '../network/network';
import { exportModel } from './export-model';
import { INPUT } from './signature';

/** The network's forward pass as the bytes of a `saved_model.pb`, weights inside. Signature: see signature.ts. */
export function exportGraph(network: Network): Uint8Array {
  return exportModel({
    inputs: { [INPUT]: { dtype: 'float32', shape: network.spec.inputShape } },
    weights: network.weights,
    compute: (inputs) => {
      const { logits, embedding } = network.forward(inputs[INPUT]!);
      return { logits, embedding, probabilities: logits.softmax() };
    },
  }).bytes;
}
