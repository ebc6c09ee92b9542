import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QuartetError } from '@quartet/contracts';
import { checkVideoModel, isVideoManifest, loadModel, type HostTensor, type Manifest, type VideoSpec } from '@quartet/core';
import type { HostedModel } from '@quartet/service-kit';

/** Batch sizes that are run once before the first request. */
const WARM_UP = [1, 4];

/** What loads it checks the manifest; one that can't be read is left to that. */
export async function holdsVideoModel(folder: string): Promise<boolean> {
  try {
    return isVideoManifest(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Manifest);
  } catch {
    return false;
  }
}

/** A network over clips in TensorFlow's memory. */
export async function loadVideo(folder: string): Promise<HostedModel> {
  const model = await loadModel<VideoSpec>(folder, checkVideoModel);
  const run = (clips: HostTensor) => model.run({ clips }, ['logits', 'probabilities']);
  // TensorFlow prepares each set of outputs at its first run.
  for (const size of WARM_UP) run(blank([size, ...model.manifest.spec.inputShape]));
  return {
    run(_, { clips }) {
      if (!clips) throw new QuartetError('INTERNAL', 'a network over clips takes a tensor named clips');
      return run(clips);
    },
    dispose: () => model.dispose(),
  };
}

const blank = (shape: number[]): HostTensor => ({ dtype: 'float32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
