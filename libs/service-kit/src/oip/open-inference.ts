import type { Version } from '@quartet/contracts';
import type { CallScope } from '../family/architecture-family';
import type { Datatype } from './datatypes';

/** An input as a version takes it. */
export interface InputSpec {
  name: string;
  /** What `infer` understands; the first is the one that clients are told of. Narrower ones are widened where nothing is lost. */
  datatypes: readonly Datatype[];
  /** The batch first; -1: any size. */
  shape: readonly number[];
  /** A request may leave it out. */
  optional?: boolean;
  /** How the typed request calls it, for errors that `infer` throws: `batch`. Default: its name. */
  field?: string;
}

export interface OutputSpec {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
  /** Of scores, FP32 [batch, classes]: what each is for. A request may then ask for the highest ones by name. */
  classNames?: readonly string[];
}

export interface InferenceSignature {
  inputs: readonly InputSpec[];
  outputs: readonly OutputSpec[];
}

/** A tensor as the protocol has it: raw little-endian elements, or for BYTES each by itself. */
export type InferenceTensor = NumericTensor | BytesTensor;

export interface NumericTensor {
  datatype: Exclude<Datatype, 'BYTES'>;
  shape: readonly number[];
  data: Buffer;
}

export interface BytesTensor {
  datatype: 'BYTES';
  shape: readonly number[];
  elements: readonly Buffer[];
}

export type InferenceTensors = Readonly<Record<string, InferenceTensor>>;

/** How a family's versions are called by the Open Inference Protocol: with the same code as by its typed service. */
export interface OpenInference {
  /**
   * What a version takes and gives.
   * @throws QuartetError WRONG_STATE for a version that only the typed service serves, saying which call.
   */
  signature(version: Version): InferenceSignature;
  /**
   * @param inputs What the request has of the signature's inputs: of a name, datatype and shape as there, one batch in all, and as many
   *   bytes as they say. Optional ones may be missing. Nothing is known of their values.
   * @returns At least the `wanted` outputs.
   */
  infer(version: Version, inputs: InferenceTensors, wanted: ReadonlySet<string>, call: CallScope): Promise<InferenceTensors>;
}
