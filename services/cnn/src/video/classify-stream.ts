import { QuartetError, type cnn, type Version } from '@quartet/contracts';
import type { VideoManifest } from '@quartet/core';
import { patient, Places, readImage, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { videoManifestOf } from './manifest';
import { RollingWindow } from './rolling-window';
import { clipScores, countOf, scoresOf } from './scores';

const MOST_STRIDE = 1_000_000;

const streams = new WeakMap<FamilyRuntime, Places<'QUARTET_CNN_MAX_STREAMS'>>();

/** What a stream knows of its call. */
type StreamCall = CallScope & { readonly draining: AbortSignal };

/**
 * Live frames in, the class of the latest out. What is kept of a stream is the frames that the model sees at once; frames come no faster than
 * they are taken, and answers go no faster than they are read.
 * @throws QuartetError INVALID_FIELD, SHAPE_MISMATCH, UNDECODABLE_IMAGE and others for a bad frame; DEADLINE_EXCEEDED when none comes;
 *   LIMIT_EXCEEDED for too many; QUEUE_FULL when too many streams are open; DRAINING
 */
export async function* classifyStream(runtime: FamilyRuntime, requests: AsyncIterable<cnn.ClassifyStreamRequest>, call: StreamCall): AsyncGenerator<cnn.ClassifyStreamResponse> {
  const all = streams.get(runtime) ?? new Places('QUARTET_CNN_MAX_STREAMS', 'streams of frames', runtime.settings);
  streams.set(runtime, all);
  const leave = all.enter();
  // A caller that is gone makes room at once, whatever is still being waited for.
  call.signal.addEventListener('abort', leave, { once: true });
  try {
    yield* watch(runtime, requests, call);
  } finally {
    call.signal.removeEventListener('abort', leave);
    leave();
  }
}

async function* watch(runtime: FamilyRuntime, requests: AsyncIterable<cnn.ClassifyStreamRequest>, call: StreamCall): AsyncGenerator<cnn.ClassifyStreamResponse> {
  const { QUARTET_VIDEO_IDLE_MS: idleMs, QUARTET_MAX_STREAM_FRAMES: most } = runtime.settings;
  const messages = patient(requests, { idleMs, setting: 'QUARTET_VIDEO_IDLE_MS', expected: 'a frame or the end of the stream', draining: call.draining });
  const first = await messages.next();
  const { version, manifest, stride, count } = await open(runtime, first.done ? undefined : first.value.message, call);
  const { inputShape } = manifest.spec;
  yield { message: { $case: 'started', value: { modelVersion: version.version, shape: inputShape.map(BigInt), stride, idleTimeoutMs: idleMs } } };
  const rolling = new RollingWindow(inputShape, stride);
  for await (const { message } of messages) {
    if (message?.$case !== 'frame') throw QuartetError.invalid(message ? 'start' : 'message', message ? 'received a second one, expected a frame; open a stream for each video' : 'is not set, expected a frame');
    if (rolling.count >= most) throw new QuartetError('LIMIT_EXCEEDED', `received over ${most} frames in one call (QUARTET_MAX_STREAM_FRAMES); open the stream again, beginning with the latest ${inputShape[0]} frames`);
    const window = rolling.push(await readImage(message.value, `frame[${rolling.count}]`, inputShape.slice(1)));
    if (!window) continue;
    const { probabilities } = await clipScores(runtime, version, window.clips, call);
    yield { message: { $case: 'prediction', value: { firstFrame: BigInt(window.firstFrame), lastFrame: BigInt(window.lastFrame), classes: scoresOf(probabilities, count, manifest)[0]! } } };
  }
  const [needed = 0] = inputShape;
  if (rolling.count < needed) throw QuartetError.invalid('frame', `received ${rolling.count} in all, expected at least ${needed}, which the model sees at once`, rolling.count === 0 ? 'EMPTY_BATCH' : 'INVALID_FIELD');
}

async function open(runtime: FamilyRuntime, message: cnn.ClassifyStreamRequest['message'], call: StreamCall): Promise<{ version: Version; manifest: VideoManifest; stride: number; count: number }> {
  if (message?.$case !== 'start') throw QuartetError.invalid('start', `received ${message ? 'a frame' : 'no message'} first, expected \`start\`, which names the model; then send frames`);
  const { model, stride, topK } = message.value;
  if (stride > MOST_STRIDE) throw QuartetError.invalid('start.stride', `is ${stride}, expected at most ${MOST_STRIDE}`);
  const version = await runtime.resolve(model, call);
  const manifest = videoManifestOf(version);
  return { version, manifest, stride: stride || manifest.spec.inputShape[0]!, count: countOf(topK, manifest, 'start.top_k') };
}
