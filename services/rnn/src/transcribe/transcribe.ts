import { QuartetError, type rnn } from '@quartet/contracts';
import { patient, Places, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { manifestFor } from '../manifest';
import { alternativesOf } from './decode';
import { openHearing } from './hearing';
import { soundOf } from './sound';
import { checkStart } from './start';

/** Most bytes of audio in one message. */
const MOST_BYTES = 1024 * 1024;

const streams = new WeakMap<FamilyRuntime, Places<'QUARTET_RNN_MAX_STREAMS'>>();

/**
 * A recording or live sound in, what is said out: partial transcripts as the sound comes, if asked for, and the whole one at its end.
 * @throws QuartetError INVALID_FIELD, UNDECODABLE_AUDIO, EMPTY_BATCH, LIMIT_EXCEEDED, DEADLINE_EXCEEDED; QUEUE_FULL when too many streams are open
 */
export async function* transcribe(runtime: FamilyRuntime, requests: AsyncIterable<rnn.TranscribeRequest>, call: CallScope): AsyncGenerator<rnn.TranscribeResponse> {
  const all = streams.get(runtime) ?? new Places('QUARTET_RNN_MAX_STREAMS', 'streams of sound', runtime.settings);
  streams.set(runtime, all);
  const leave = all.enter();
  // A caller that is gone makes room at once, whatever is still being waited for.
  call.signal.addEventListener('abort', leave, { once: true });
  try {
    yield* hear(runtime, requests, call);
  } finally {
    call.signal.removeEventListener('abort', leave);
    leave();
  }
}

async function* hear(runtime: FamilyRuntime, requests: AsyncIterable<rnn.TranscribeRequest>, call: CallScope): AsyncGenerator<rnn.TranscribeResponse> {
  const messages = patient(requests, { idleMs: runtime.settings.QUARTET_AUDIO_IDLE_MS, setting: 'QUARTET_AUDIO_IDLE_MS', expected: 'audio or the end of the stream' });
  const first = await messages.next();
  if (first.done || first.value.message?.$case !== 'start') {
    throw QuartetError.invalid('start', `received ${first.done ? 'no message' : 'audio'} first, expected \`start\`, which names the model; then send audio`);
  }
  const request = first.value.message.value;
  const version = await runtime.resolve(request.model, call);
  const { spec: plan } = manifestFor(version, 'transcribe');
  const start = checkStart(request, plan);
  const hearing = openHearing(runtime, version, plan, start.beamWidth, call);
  const sound = soundOf(start, plan, runtime.settings);
  for await (const { message } of messages) {
    if (message?.$case !== 'audio') throw QuartetError.invalid('start', 'received a second one, expected audio; open a stream for each recording');
    if (message.value.length > MOST_BYTES) throw QuartetError.invalid('audio', `received a message of ${message.value.length} bytes, expected at most ${MOST_BYTES}; send smaller pieces`);
    const partial = await hearing.push(await sound.push(message.value));
    if (partial && start.partialResults) yield { message: { $case: 'partial', value: partial } };
  }
  await hearing.push(await sound.finish());
  const { decoder, units, seconds, secondsPerStep, warnings } = await hearing.finish();
  const [best] = decoder.best();
  // The end's own sound may have added something.
  if (start.partialResults) yield { message: { $case: 'partial', value: { text: units.text(best!.labels), seconds } } };
  const starts = decoder.starts(best!.labels);
  const [, ...alternatives] = alternativesOf(decoder, units, start.beamWidth);
  yield {
    message: {
      $case: 'transcript',
      value: {
        text: units.text(best!.labels),
        logProbability: best!.logProbability,
        units: best!.labels.map((label, index) => ({ text: units.name(label), startSeconds: starts[index]! * secondsPerStep })),
        alternatives: alternatives.slice(0, start.alternatives),
        seconds,
        warnings,
        modelVersion: version.version,
      },
    },
  };
}
