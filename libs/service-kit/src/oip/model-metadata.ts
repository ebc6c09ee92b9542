import { inference, type Version } from '@quartet/contracts';
import { DATATYPES } from './datatypes';
import type { Host } from './host';

/** What a version takes and gives. */
export function metadataOf({ family, models, serving }: Host, version: Version): inference.ModelMetadataResponse {
  const { inputs, outputs } = models.signature(version);
  const held = serving.held.filter((each) => each.version.model === version.model && each.ready).map((each) => each.version.version);
  return {
    name: version.model,
    versions: [...new Set([...held, version.version])].sort((a, b) => Number(a - b)).map(String),
    platform: `quartet_${family.name}`,
    inputs: inputs.map(({ name, datatypes, shape }) => ({ name, datatype: datatypes[0]!, shape: shape.map(BigInt) })),
    outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape: shape.map(BigInt) })),
  };
}

/** The same and how it is served, in the words of Triton's configuration. */
export function configOf({ family, models, runtime: { settings } }: Host, version: Version): inference.ModelConfig {
  const { inputs, outputs } = models.signature(version);
  // Dimensions are without the batch, which max_batch_size says is there.
  const dims = (shape: readonly number[]): bigint[] => shape.slice(1).map(BigInt);
  const parameters = { version: `${version.version}`, labels: version.labels.join(','), weights_sha256: version.weightsSha256, dataset: version.dataset };
  return inference.ModelConfig.fromPartial({
    name: version.model,
    platform: `quartet_${family.name}`,
    backend: 'quartet',
    versionPolicy: { policyChoice: { $case: 'specific', value: { versions: [version.version] } } },
    maxBatchSize: settings.QUARTET_MAX_BATCH,
    input: inputs.map(({ name, datatypes, shape, optional }) => ({ name, dataType: DATATYPES[datatypes[0]!].config, dims: dims(shape), optional: optional ?? false })),
    output: outputs.map(({ name, datatype, shape }) => ({ name, dataType: DATATYPES[datatype].config, dims: dims(shape) })),
    instanceGroup: [{ name: 'engine', kind: inference.ModelInstanceGroup_Kind.KIND_AUTO, count: settings.QUARTET_ENGINE_WORKERS }],
    schedulingChoice: { $case: 'dynamicBatching', value: { preferredBatchSize: [settings.QUARTET_MAX_BATCH] } },
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, stringValue]) => [name, { stringValue }])),
    modelTransactionPolicy: { decoupled: false },
  });
}
