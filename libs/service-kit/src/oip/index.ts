/** The Open Inference Protocol: what a family says of its models for it, and what the gateway shares with the families. */
export type { Datatype } from './datatypes';
export type { BytesTensor, InferenceSignature, InferenceTensor, InferenceTensors, InputSpec, NumericTensor, OpenInference, OutputSpec } from './open-inference';
export { fromFloats, fromHostTensor, fromTexts, toBlobs, toIntegers, toTensor, toTensors, toTexts } from './tensors';
export { floatRows, highestScores } from './scores';
export { serverMetadata } from './server-metadata';
export { refuseUnsupported } from './unsupported';
export { failed as failedInStream } from './stream';
