import { DEFAULT_SIGNATURE, type ExportableModel } from '../artifact/export-model';
import type { Manifest } from '../artifact/manifest';
import { CoreError } from '../errors';
import type { VideoNetwork } from './network';
import { planVideo } from './plan';
import type { VideoSpec } from './spec';

/** A video classifier's manifest. */
export type VideoManifest = Manifest<VideoSpec>;

/** The SavedModel: `clips`, float32 [-1, frames, height, width, channels] in 0..1, to `logits`, `probabilities` and `embedding`. */
export function videoFunctions(network: VideoNetwork): ExportableModel {
  return {
    weights: network.weights,
    functions: {
      [DEFAULT_SIGNATURE]: {
        inputs: { clips: { dtype: 'float32', shape: network.spec.inputShape } },
        compute: ({ clips }) => {
          const { logits, embedding } = network.forward(clips!);
          return { logits, embedding, probabilities: logits.softmax() };
        },
      },
    },
  };
}

/** Whether an artefact classifies videos rather than images. */
export const isVideoManifest = (manifest: Manifest): manifest is VideoManifest => {
  const spec = manifest.spec as Partial<VideoSpec> | undefined;
  return spec?.architecture !== undefined && spec.inputShape?.length === 4;
};

/** For loadModel. @throws CoreError CORRUPT_DATA unless the manifest describes a video classifier. */
export function checkVideoModel(manifest: Manifest): asserts manifest is VideoManifest {
  try {
    planVideo(manifest.spec as VideoSpec);
  } catch (cause) {
    throw new CoreError('CORRUPT_DATA', `artefact: its network is not valid: ${(cause as Error).message}`, { cause });
  }
  const { classes } = manifest.spec as VideoSpec;
  if (manifest.classNames.length !== classes) throw new CoreError('CORRUPT_DATA', `artefact: it has no name for each of ${classes} classes`);
}
