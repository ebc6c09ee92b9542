import { SavedModel } from '../generated/tensorflow/core/protobuf/saved_model';
import { SignatureDef, type TensorInfo } from '../generated/tensorflow/core/protobuf/meta_graph';
import type { FunctionDef } from '../generated/tensorflow/core/framework/function';
import { GraphDef } from '../generated/tensorflow/core/framework/graph';
import type { DataType } from '../generated/tensorflow/core/framework/types';
import { nodeDef, shapeProto, type Endpoint, type GraphNode } from './node';

/** A graph's input or output as callers know it. */
export interface Port {
  endpoint: Endpoint;
  dtype: DataType;
  /** -1: any size. */
  shape: number[];
}

export interface Signature {
  inputs: Record<string, Port>;
  outputs: Record<string, Port>;
}

/** tf.version.GRAPH_DEF_VERSION of TensorFlow 2.21, whose ops are recorded. */
const PRODUCER = 2474;
/** Ops and defaults are those of 2015's minimum or newer; any TensorFlow 2 may read the graph. */
const MIN_CONSUMER = 0;

/** The bytes of a `saved_model.pb` with these signatures under the tag `serve`. */
export function encodeSavedModel(nodes: readonly GraphNode[], signatures: Record<string, Signature>, tensorflow: string, functions: readonly FunctionDef[] = []): Uint8Array {
  const graphDef = {
    ...GraphDef.create(),
    node: nodes.map(nodeDef),
    library: { function: [...functions], gradient: [], registeredGradients: [] },
    versions: { producer: PRODUCER, minConsumer: MIN_CONSUMER, badConsumers: [] },
  };
  const signatureDef = mapValues(signatures, ({ inputs, outputs }) => ({
    ...SignatureDef.create(),
    inputs: mapValues(inputs, tensorInfo),
    outputs: mapValues(outputs, tensorInfo),
    methodName: 'tensorflow/serving/predict',
  }));
  const model = SavedModel.fromPartial({ savedModelSchemaVersion: 1n, metaGraphs: [{}] });
  const metaGraph = model.metaGraphs[0]!;
  metaGraph.metaInfoDef = {
    metaGraphVersion: '',
    strippedOpList: undefined,
    anyInfo: undefined,
    tags: ['serve'],
    tensorflowVersion: tensorflow,
    tensorflowGitVersion: '',
    strippedDefaultAttrs: false,
    functionAliases: {},
  };
  metaGraph.graphDef = graphDef;
  metaGraph.signatureDef = signatureDef;
  return SavedModel.encode(model).finish();
}

function tensorInfo({ endpoint, dtype, shape }: Port): TensorInfo {
  return { encoding: { $case: 'name', value: endpoint }, dtype, tensorShape: shapeProto(shape) };
}

function mapValues<A, B>(record: Record<string, A>, of: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value)]));
}
