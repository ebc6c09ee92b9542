import { QuartetError, rnn } from '@quartet/contracts';
import { Violations } from '@quartet/service-kit';
import { BEAM_WIDTH } from './measure';
import type { TranscriberPlan } from './plan';

export type ResolvedStart = Omit<rnn.TranscribeStart, 'model'>;

/** Checks how a transcription begins, and fills the defaults in. @throws QuartetError INVALID_FIELD with all that is wrong */
export function checkStart({ encoding, sampleRate, beamWidth, alternatives, partialResults, mixDown }: rnn.TranscribeStart, plan: TranscriberPlan): ResolvedStart {
  const violations = new Violations();
  const raw = encoding === rnn.AudioEncoding.AUDIO_ENCODING_PCM16;
  const beams = beamWidth || BEAM_WIDTH;
  violations.integer('start.beam_width', beams, 1, 64);
  if (alternatives >= beams) violations.add('start.alternatives', `is ${alternatives}; with a beam_width of ${beams} it takes at most ${beams - 1}`);
  if (rnn.AudioEncoding[encoding] === undefined || encoding === rnn.AudioEncoding.UNRECOGNIZED) violations.add('start.encoding', `received ${encoding}, expected AUDIO_ENCODING_WAV, AUDIO_ENCODING_FLAC or AUDIO_ENCODING_PCM16`);
  if (raw && sampleRate !== plan.frontEnd.sampleRate) {
    violations.add('start.sample_rate', `received ${sampleRate} Hz, but this model hears ${plan.frontEnd.sampleRate} Hz; record at that rate, or send a WAV or FLAC file, which is resampled`);
  }
  if (raw && mixDown) violations.add('start.mix_down', 'is set, but PCM16 is of one channel; mix it before you send it, or send a WAV or FLAC file');
  if (partialResults && plan.network.bidirectional) {
    violations.add('start.partial_results', 'is set, but this model reads each recording from its end as well, and so needs all of it; leave it out, or train a model with network.bidirectional false');
  } else if (partialResults && !raw) {
    violations.add('start.partial_results', 'is set, but a file is read as a whole; send the samples as AUDIO_ENCODING_PCM16, or leave it out');
  }
  violations.throwIfAny();
  return { encoding, sampleRate, beamWidth: beams, alternatives, partialResults, mixDown };
}

/** @throws QuartetError INVALID_FIELD where the bytes are of another format than was told. */
export function checkFormat(bytes: Uint8Array, encoding: rnn.AudioEncoding): void {
  const magic = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  const [expected, name] = encoding === rnn.AudioEncoding.AUDIO_ENCODING_FLAC ? ['fLaC', 'FLAC'] : ['RIFF', 'WAV'];
  if (encoding === rnn.AudioEncoding.AUDIO_ENCODING_UNSPECIFIED || magic === expected || bytes.length === 0) return;
  throw QuartetError.invalid('audio', `received bytes that are no ${name} file, as start.encoding says; set it to what they are, or leave it out`, 'UNDECODABLE_AUDIO');
}
