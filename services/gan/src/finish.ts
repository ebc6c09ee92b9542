import { TrainingOptions, type Dataset } from '@quartet/contracts';
import { ganFunctions, writeModel, type EpochRecord, type Gan, type GanTrainer, type HostTensor, type Metrics, type Network } from '@quartet/core';
import { npyHeader } from '@quartet/data';
import { finishedModel, type FinishedModel, type ResolvedTrainingOptions } from '@quartet/service-kit';
import { kindOf } from './kinds';
import type { GanExtra } from './model-info';

export interface Finished {
  model: Gan;
  classifier: Network | undefined;
  core: GanTrainer;
  /** Quality of real against real examples. */
  floor: Metrics;
  dataset: Dataset;
  options: ResolvedTrainingOptions;
  history: readonly EpochRecord[];
  folder: string;
}

/** Writes a trained GAN's artefact, with the pictures of its rounds: `samples/round-003.npy`. */
export async function finish({ model, classifier, core, floor, dataset, options, history, folder }: Finished): Promise<FinishedModel> {
  const trained = model.weights.filter(({ trainable }) => trainable);
  const best = [...history].reverse().find((record) => record.best);
  const extra: GanExtra & Record<string, unknown> = {
    dataset: dataset.name,
    classifier: classifier !== undefined,
    sampleRate: dataset.schema?.sampleRate || undefined,
    floor,
    compute: core.compute,
    bestEpoch: best?.epoch,
    rounds: core.rounds,
    history,
    options: TrainingOptions.toJSON(options),
  };
  const manifest = await writeModel(folder, {
    family: 'gan',
    spec: model.spec,
    model: ganFunctions(model, classifier),
    parameterCount: trained.reduce((sum, { variable }) => sum + variable.size, 0),
    classNames: dataset.schema?.classNames ?? [],
    metrics: metricsOf(best?.metrics ?? {}, core.compute),
    dataDigest: dataset.digest,
    seed: options.seed,
    extra,
    files: Object.fromEntries([...core.pictures].map(([round, picture]) => [`samples/round-${String(round).padStart(3, '0')}.npy`, toNpy(picture)])),
  });
  return finishedModel(manifest);
}

/** Of the round whose generator is served, and what the training took. */
function metricsOf(best: Metrics, compute: Metrics): Record<string, number> {
  const named = (prefix: string, of: Metrics) => Object.entries(of).map(([name, value]) => [`${prefix}${name}`, value] as const);
  const told = Object.fromEntries(Object.entries(best).filter(([name, value]) => Number.isFinite(value) && !/^(loss|gradientNorm|score)\//.test(name)));
  return Object.fromEntries([...named('', told), ...named('compute/', compute)]);
}

/** Images and videos as bytes 0..255, whatever else as float32. */
function toNpy({ shape, data }: HostTensor): Uint8Array {
  const images = ['image', 'video'].includes(kindOf(shape.slice(1)));
  const values = images ? Uint8Array.from(data, (value) => Math.round(Math.min(1, Math.max(0, value)) * 255)) : Float32Array.from(data);
  return Buffer.concat([npyHeader(images ? '|u1' : '<f4', shape), new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
}
