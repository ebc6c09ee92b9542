import type { cnn } from '@quartet/contracts';
import { toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { classifyWindows, checkSampling } from './classify-windows';
import { videoManifestOf } from './manifest';
import { readClips } from './read-clips';
import { clipScores, countOf, scoresOf } from './scores';

/**
 * Classes of clips, most likely first.
 * @throws QuartetError with the path of each bad field; WRONG_STATE for a version of images; UNDECODABLE_VIDEO, UNIMPLEMENTED without ffmpeg
 */
export async function classifyVideo(runtime: FamilyRuntime, request: cnn.ClassifyVideoRequest, call: CallScope): Promise<cnn.ClassifyVideoResponse> {
  const version = await runtime.resolve(request.model, call);
  const manifest = videoManifestOf(version);
  const count = countOf(request.topK, manifest);
  const { input } = request;
  checkSampling(request.sampling, input);
  const rolling = (request.sampling?.framesPerSecond ?? 0) > 0;
  if (rolling && input?.$case === 'clips') return classifyWindows({ runtime, version, manifest, request, clips: input.value.clips, count, call });
  const { probabilities, logits } = await clipScores(runtime, version, await readClips(runtime, version, input, call), call);
  return {
    results: scoresOf(probabilities, count, manifest).map((classes) => ({ classes, windows: [] })),
    modelVersion: version.version,
    logits: request.includeLogits ? toProtoTensor(logits) : undefined,
  };
}
