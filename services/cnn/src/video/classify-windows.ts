import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { HostTensor, VideoManifest } from '@quartet/core';
import { decodeVideoFrames, videoDecodingOf } from '@quartet/data';
import { toProtoTensor, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { checkCount } from './read-clips';
import { RollingWindow } from './rolling-window';
import { clipScores, scoresOf } from './scores';

const MOST_FRAMES_PER_SECOND = 240;
const MOST_STRIDE = 1_000_000;
/** Windows of one clip. */
const MOST_WINDOWS = 10_000;

/** @throws QuartetError INVALID_FIELD for a sampling that can't be, or that the input has no use for. */
export function checkSampling(sampling: cnn.Sampling | undefined, input: cnn.ClassifyVideoRequest['input']): void {
  if (!sampling || (sampling.framesPerSecond === 0 && sampling.stride === 0)) return;
  const { framesPerSecond, stride } = sampling;
  if (!(framesPerSecond >= 0 && framesPerSecond <= MOST_FRAMES_PER_SECOND)) throw QuartetError.invalid('sampling.frames_per_second', `is ${framesPerSecond}, expected a number above 0, at most ${MOST_FRAMES_PER_SECOND}; or 0 for frames spread evenly`);
  if (stride > 0 && framesPerSecond === 0) throw QuartetError.invalid('sampling.stride', `is ${stride}, but frames_per_second is 0: a clip is one window. Set both, or neither`);
  if (stride > MOST_STRIDE) throw QuartetError.invalid('sampling.stride', `is ${stride}, expected at most ${MOST_STRIDE}`);
  const pixels = input?.$case === 'batch' || (input?.$case === 'clips' && input.value.clips.some(({ content }) => content?.$case === 'frames'));
  if (pixels) throw QuartetError.invalid('sampling', 'is set, but there are frames without a time; it is for encoded clips. Leave it out, or send the frames to ClassifyStream');
}

export interface Windows {
  runtime: FamilyRuntime;
  version: Version;
  manifest: VideoManifest;
  request: cnn.ClassifyVideoRequest;
  clips: readonly cnn.Clip[];
  /** Classes that are wanted. */
  count: number;
  call: CallScope;
}

/** Classes of each window of encoded clips as they are decoded, and of each clip by the mean of its windows' logits. */
export async function classifyWindows({ runtime, version, manifest, request, clips, count, call }: Windows): Promise<cnn.ClassifyVideoResponse> {
  checkCount(clips.length, runtime.settings.QUARTET_MAX_BATCH);
  const { classes } = manifest.spec;
  const results: cnn.VideoClassification[] = [];
  const logits: HostTensor = { dtype: 'float32', shape: [clips.length, classes], data: new Float32Array(clips.length * classes) };
  for (const [index, clip] of clips.entries()) {
    const { windows, mean } = await windowsOf({ runtime, version, manifest, request, clips, count, call }, clip, `clips.clips[${index}]`);
    logits.data.set(mean, index * classes);
    results.push({ classes: scoresOf({ dtype: 'float32', shape: [1, classes], data: softmax(mean) }, count, manifest)[0]!, windows });
  }
  return { results, modelVersion: version.version, logits: request.includeLogits ? toProtoTensor(logits) : undefined };
}

async function windowsOf({ runtime, version, manifest, request, count, call }: Windows, { content }: cnn.Clip, path: string): Promise<{ windows: cnn.WindowClassification[]; mean: Float32Array }> {
  if (content?.$case !== 'encoded') throw QuartetError.invalid(path, 'is empty; expected a video file in `encoded`');
  const { inputShape, classes } = manifest.spec;
  const [frames = 0, height = 0, width = 0, channels = 0] = inputShape;
  const { framesPerSecond = 1, stride = 0 } = request.sampling ?? {};
  const rolling = new RollingWindow(inputShape, stride || frames);
  const windows: cnn.WindowClassification[] = [];
  const sum = new Float64Array(classes);
  for await (const frame of decodeVideoFrames(content.value, { height, width, channels, framesPerSecond }, videoDecodingOf(runtime.settings), `${path}.encoded`, call.signal)) {
    const window = rolling.push(Float32Array.from(frame, (value) => value / 255));
    if (!window) continue;
    if (windows.length === MOST_WINDOWS) throw new QuartetError('LIMIT_EXCEEDED', `${path} has over ${MOST_WINDOWS} windows; raise sampling.stride, or lower sampling.frames_per_second`);
    const { logits, probabilities } = await clipScores(runtime, version, window.clips, call);
    logits.data.forEach((value, index) => (sum[index]! += value));
    windows.push({ startSeconds: window.firstFrame / framesPerSecond, endSeconds: (window.lastFrame + 1) / framesPerSecond, classes: scoresOf(probabilities, count, manifest)[0]! });
  }
  if (windows.length === 0) {
    throw QuartetError.invalid(`${path}.encoded`, `has ${rolling.count} frames at ${framesPerSecond} a second, expected at least ${frames}, which the model sees at once; raise sampling.frames_per_second, or leave it out for frames spread evenly`);
  }
  return { windows, mean: Float32Array.from(sum, (total) => total / windows.length) };
}

function softmax(logits: Float32Array): Float32Array {
  const most = Math.max(...logits);
  const each = logits.map((value) => Math.exp(value - most));
  const total = each.reduce((a, b) => a + b, 0);
  return each.map((value) => value / total);
}
