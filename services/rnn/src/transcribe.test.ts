import { JobState, rnn, type Dataset, type Job, type Version } from '@quartet/contracts';
import { failure } from './testing/failure';
import { Platform } from './testing/platform';
import { bytesOf, drawWords, say, uploadTones, wav } from './testing/tones';

type Start = Partial<rnn.TranscribeStart>;
const PCM16 = rnn.AudioEncoding.AUDIO_ENCODING_PCM16;
/** For trainings on a machine that others use too: no more than a bound. */
const BUSY_MS = 600_000;
const HELD_OUT = Array.from({ length: 20 }, (_, index) => 50_000 + index);

describe('recordings', () => {
  let platform: Platform;
  let dataset: Dataset;
  let both: Version;
  let forward: Version;

  const options = { epochs: 20, batchSize: 16, seed: 5, learningRate: 0.015, checkpointEverySteps: 60 };
  const train = (model: string, bidirectional: boolean, more = {}): Promise<Job> =>
    platform.client.rnn.trainTranscriber({ model, dataset: 'tones', network: { units: 24, bidirectional, dropout: 0.1 }, augmentation: { speed: 0.05, noiseDb: 25, gainDb: 6 }, options, ...more });

  /** Sends a start and the audio in pieces; gathers what comes back. */
  async function transcribe(model: string, audio: Uint8Array, start: Start = {}, pieces = 1000): Promise<{ partials: rnn.PartialTranscript[]; transcript: rnn.Transcript }> {
    async function* messages() {
      yield { message: { $case: 'start' as const, value: { model: { name: model }, ...start } } };
      for (let at = 0; at < audio.length; at += pieces) yield { message: { $case: 'audio' as const, value: Buffer.from(audio.subarray(at, at + pieces)) } };
    }
    const partials: rnn.PartialTranscript[] = [];
    let transcript: rnn.Transcript | undefined;
    for await (const { message } of platform.client.rnn.transcribe(messages() as never)) {
      if (message?.$case === 'partial') partials.push(message.value);
      if (message?.$case === 'transcript') transcript = message.value;
    }
    return { partials, transcript: transcript! };
  }

  beforeAll(async () => {
    // A lease that outlasts a busy machine: what dies here is found at once.
    platform = await Platform.start([], { QUARTET_LEASE_MS: '20000', QUARTET_AUDIO_IDLE_MS: '5000', QUARTET_RNN_MAX_STREAMS: '24' });
    dataset = await uploadTones(platform.client, 'tones', { train: 200, test: 40 });
    both = await platform.version(await train('both', true));
    forward = await platform.version(await train('forward', false));
    for (const { model, version } of [both, forward]) await platform.client.models.promoteVersion({ model, version });
  }, BUSY_MS);
  afterAll(() => platform?.stop());

  it('reads recordings with what is said in them', () => {
    expect(dataset.schema).toMatchObject({ kind: 'recording', columns: ['audio', 'text'], sampleRate: 8000 });
  });

  it('learns to write down what is said, in both directions and in one; the version says how well', () => {
    for (const { metrics } of [both, forward]) {
      expect(metrics['test/examples']).toBe(40);
      expect(metrics['test/wordErrorRate']).toBeLessThan(0.1);
      expect(metrics['test/characterErrorRate']).toBeLessThan(0.1);
      expect(metrics['test/wordErrorRateGreedy']).toBeLessThan(0.15);
      expect(metrics['validation/sentenceErrorRate']).toBeLessThan(0.3);
    }
  });

  it('writes down a WAV file, with the times of its words', async () => {
    const said = await Promise.all(HELD_OUT.map((seed) => transcribe('both', wav(say(drawWords(seed), seed)))));
    const right = said.filter(({ transcript }, index) => transcript.text === drawWords(HELD_OUT[index]!).join(' '));
    expect(right.length).toBeGreaterThan(HELD_OUT.length * 0.8);
    const { transcript } = await transcribe('both', wav(say(['do', 'fa'], 1)));
    expect(transcript).toMatchObject({ text: 'do fa', warnings: [], modelVersion: both.version, units: [{ text: 'do' }, { text: 'fa' }] });
    expect(transcript.units[0]!.startSeconds).toBeLessThan(transcript.units[1]!.startSeconds);
    expect(transcript.units[1]!.startSeconds).toBeLessThan(transcript.seconds);
    expect(transcript.logProbability).toBeLessThan(0);
  });

  it('takes other rates of files, channels mixed, and gives alternatives', async () => {
    const pcm = say(['re', 'mi'], 2);
    // Each sample twice is the sound at twice the rate.
    const doubled = Int16Array.from({ length: 2 * pcm.length }, (_, i) => pcm[i >> 1]!);
    expect((await transcribe('both', wav(doubled, { rate: 16_000 }))).transcript.text).toBe('re mi');
    expect((await transcribe('both', wav(pcm, { channels: 2 }), { mixDown: true })).transcript.text).toBe('re mi');
    const { transcript } = await transcribe('both', wav(pcm), { beamWidth: 12, alternatives: 3 });
    expect(transcript.alternatives).toHaveLength(3);
    const chances = [transcript, ...transcript.alternatives].map(({ logProbability }) => logProbability);
    expect(chances).toEqual([...chances].sort((a, b) => b - a));
    expect(new Set([transcript, ...transcript.alternatives].map(({ text }) => text)).size).toBe(4);
  });

  it('hears live sound, and says so far what it will have said in the end, whatever the pieces', async () => {
    const pcm = say(['mi', 're'], 3);
    const live = { encoding: PCM16, sampleRate: 8000, partialResults: true };
    const whole = await transcribe('forward', wav(pcm));
    const small = await transcribe('forward', bytesOf(pcm), live, 1001);
    const large = await transcribe('forward', bytesOf(pcm), live, 64_000);
    expect(whole.transcript.text).toBe('mi re');
    for (const { transcript } of [small, large]) {
      expect(transcript.text).toBe(whole.transcript.text);
      expect(transcript.units).toEqual(whole.transcript.units);
      expect(transcript.logProbability).toBeCloseTo(whole.transcript.logProbability, 4);
    }
    expect(small.partials.length).toBeGreaterThan(1);
    expect(small.partials.at(-1)!.text).toBe(small.transcript.text);
    // Words are there as soon as they have been said.
    expect(new Set(small.partials.map(({ text }) => text))).toContain('mi');
    expect(small.partials.map(({ seconds }) => seconds)).toEqual(small.partials.map(({ seconds }) => seconds).sort((a, b) => a - b));
  });

  it('warns of silence and of clipped sound', async () => {
    const silent = await transcribe('both', wav(new Int16Array(3200)));
    expect(silent.transcript.text).toBe('');
    expect(silent.transcript.warnings).toEqual([expect.stringMatching(/^silence: the recording's level is zero; check the microphone/)]);
    const loud = await transcribe('both', wav(say(['do'], 4).map((sample) => Math.max(-32_768, Math.min(32_767, sample * 40)))));
    expect(loud.transcript.warnings).toEqual([expect.stringMatching(/^clipped: \d+\.\d % of the samples are at full scale; record at a lower level/)]);
  });

  it('refuses what it cannot hear, naming the field, what was received and what to do', async () => {
    const pcm = say(['do'], 6);
    const live = { encoding: PCM16, sampleRate: 8000 };
    const send = async (messages: unknown[]): Promise<void> => {
      async function* each() {
        yield* messages;
      }
      for await (const response of platform.client.rnn.transcribe(each() as never)) void response;
    };
    const start = { message: { $case: 'start', value: { model: { name: 'both' } } } };
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => send([]), 'INVALID_FIELD', /start: received no message first, expected `start`/],
      [() => send([{ message: { $case: 'audio', value: Buffer.alloc(4) } }]), 'INVALID_FIELD', /start: received audio first/],
      [() => send([start, start]), 'INVALID_FIELD', /start: received a second one, expected audio; open a stream for each recording/],
      [() => send([start, { message: { $case: 'audio', value: Buffer.alloc(1024 * 1024 + 1) } }]), 'INVALID_FIELD', /received a message of 1048577 bytes, expected at most 1048576; send smaller pieces/],
      [() => transcribe('both', Buffer.alloc(0)), 'EMPTY_BATCH', /audio: received none, expected some; send audio after `start`/],
      [() => transcribe('forward', Buffer.alloc(0), live), 'EMPTY_BATCH', /audio: received none/],
      [() => transcribe('both', wav(new Int16Array(0))), 'UNDECODABLE_AUDIO', /received a recording of no length/],
      [() => transcribe('both', wav(pcm.slice(0, 80))), 'SHAPE_MISMATCH', /audio: received 10 ms, expected at least 45 ms; send a longer recording/],
      [() => transcribe('forward', bytesOf(pcm).subarray(0, 2001), live), 'BYTE_COUNT_MISMATCH', /received 2001 bytes, expected an even number: two a sample/],
      [() => transcribe('forward', bytesOf(pcm), { ...live, sampleRate: 16_000 }), 'INVALID_FIELD', /start\.sample_rate received 16000 Hz, but this model hears 8000 Hz; record at that rate, or send a WAV or FLAC file, which is resampled/],
      [() => transcribe('both', bytesOf(pcm), { ...live, partialResults: true }), 'INVALID_FIELD', /start\.partial_results is set, but this model reads each recording from its end as well.*bidirectional false/],
      [() => transcribe('forward', wav(pcm), { partialResults: true }), 'INVALID_FIELD', /start\.partial_results is set, but a file is read as a whole; send the samples as AUDIO_ENCODING_PCM16/],
      [() => transcribe('both', wav(pcm), { beamWidth: 65, alternatives: 65 }), 'INVALID_FIELD', /start\.beam_width is 65.*start\.alternatives is 65; with a beam_width of 65 it takes at most 64/],
      [() => transcribe('both', wav(pcm), { encoding: 9 as never }), 'INVALID_FIELD', /start\.encoding received 9, expected AUDIO_ENCODING_WAV/],
      [() => transcribe('both', wav(pcm), { encoding: rnn.AudioEncoding.AUDIO_ENCODING_FLAC }), 'UNDECODABLE_AUDIO', /received bytes that are no FLAC file, as start\.encoding says/],
      [() => transcribe('both', Buffer.from('this is no sound at all')), 'UNDECODABLE_AUDIO', /received 23 bytes that are neither; expected a WAV or FLAC file/],
      [() => transcribe('both', wav(pcm, { channels: 2 })), 'UNDECODABLE_AUDIO', /received 2 channels; expected one\. Send one channel, or set start\.mix_down for the mean of them/],
      [() => transcribe('both', wav(pcm, { claimed: 10_000_000 })), 'UNDECODABLE_AUDIO', /audio: received/],
      [() => transcribe('both', wav(new Int16Array(8000 * 20).fill(9))), 'SHAPE_MISMATCH', /audio: is longer than the longest that this model was trained for, expected less than \d\.\d s/],
      [() => transcribe('both', wav(new Int16Array(8000 * 121).fill(9)), {}, 500_000), 'LIMIT_EXCEEDED', /received 121\.0 s, expected at most 120 s \(QUARTET_MAX_AUDIO_SECONDS\); cut it/],
      [() => transcribe('forward', Buffer.alloc(8000 * 2 * 121), live, 500_000), 'LIMIT_EXCEEDED', /received more than 120 s, expected at most 120 s \(QUARTET_MAX_AUDIO_SECONDS\); cut it into shorter pieces/],
      [() => transcribe('nobody', wav(pcm)), 'MODEL_NOT_FOUND', /nobody/],
      [() => platform.client.rnn.classify({ model: { name: 'both' }, sequences: [{}] }), 'WRONG_STATE', /transcribes recordings; call Transcribe/],
      [() => train('m', true, { augmentation: { speed: 0.9, noiseDb: 99 }, unit: 7 }), 'INVALID_FIELD', /augmentation\.speed is 0\.9.*augmentation\.noise_db is 99.*unit received 7/],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    }
  });

  it('ends a call that no audio comes in any more, and takes no more calls at once than it may', async () => {
    async function* messages() {
      yield { message: { $case: 'start', value: { model: { name: 'forward' }, encoding: PCM16, sampleRate: 8000 } } };
      yield { message: { $case: 'audio', value: bytesOf(say(['do'], 10)) } };
      await new Promise(() => {});
    }
    const read = async (): Promise<void> => {
      for await (const response of platform.client.rnn.transcribe(messages() as never)) void response;
    };
    // Whichever of the twenty-five comes last is refused.
    const all = await Promise.all(Array.from({ length: 25 }, () => failure(read())));
    const full = all.find(({ reason }) => reason === 'QUEUE_FULL');
    expect(full?.message).toBe('24 streams of sound are open in this service; the limit is 24 (QUARTET_RNN_MAX_STREAMS). Try again later, or add replicas.');
    expect(all.filter(({ reason }) => reason === 'DEADLINE_EXCEEDED')).toHaveLength(24);
    expect((await transcribe('forward', wav(say(['do'], 10)))).transcript.text).toBe('do');
    const error = all.find(({ reason }) => reason === 'DEADLINE_EXCEEDED')!;
    expect(error.message).toMatch(/received nothing for 5000 ms \(QUARTET_AUDIO_IDLE_MS\), expected audio or the end of the stream; open it again/);
  });

  it('tells recordings apart by their classes', async () => {
    const classes = await uploadTones(platform.client, 'first-words', { train: 160, test: 40 }, false);
    expect(classes.schema).toMatchObject({ kind: 'recording', classNames: ['do', 'fa', 'mi', 're'] });
    const { rnn: client, models } = platform.client;
    const job = await client.trainClassifier({ model: 'first', dataset: 'first-words', ensemble: 1, network: { units: 16, bidirectional: true, dropout: 0.2 }, options: { epochs: 10, batchSize: 16, seed: 2, learningRate: 0.01 } });
    const version = await platform.version(job);
    expect(version.metrics['test/examples']).toBe(40);
    expect(version.metrics['test/accuracy']).toBeGreaterThan(0.85);
    await models.promoteVersion({ model: 'first', version: version.version });
    const classify = (recordings: Uint8Array[]) => client.classify({ model: { name: 'first' }, recordings: recordings.map((bytes) => Buffer.from(bytes)), topK: 4 });
    const { results } = await classify([wav(say(['mi', 'do'], 7)), wav(say(['fa'], 8)), wav(new Int16Array(8000 * 6))]);
    expect(results.slice(0, 2).map(({ classes: [best] }) => best!.name)).toEqual(['mi', 'fa']);
    expect(results[0]!.warning).toBe('');
    expect(results[2]!.warning).toMatch(/^silence: .*; only the first \d\.\d s of 6\.0 were read: the model takes no more$/);
    const cases: [() => Promise<unknown>, string, RegExp][] = [
      [() => classify([]), 'EMPTY_BATCH', /recordings: received none/],
      [() => classify([Buffer.from('no sound')]), 'UNDECODABLE_AUDIO', /recordings\[0\]: received 8 bytes that are neither; expected a WAV or FLAC file/],
      [() => classify([wav(say(['do'], 9)), wav(say(['do'], 9), { channels: 2 })]), 'UNDECODABLE_AUDIO', /recordings\[1\]: received 2 channels; expected one/],
      [() => classify([wav(say(['do'], 9).slice(0, 80))]), 'SHAPE_MISMATCH', /recordings\[0\]: received 10 ms, expected at least 45 ms/],
      [() => client.classify({ model: { name: 'first' }, texts: ['do'] }), 'INVALID_FIELD', /texts: received 1; this model reads recordings: send them in `recordings`/],
      [() => client.trainTranscriber({ model: 'm', dataset: 'first-words' }), 'UNUSABLE_DATASET', /has recordings without texts; a transcriber needs what is said in them: add a transcripts\.csv/],
    ];
    for (const [call, reason, text] of cases) {
      const error = await failure(call());
      expect(error.message).toMatch(text);
      expect(error.reason).toBe(reason);
    }
  });

  it('goes on after a kill as if nothing had been', async () => {
    const job = await train('forward', false);
    await checkpoint(job);
    const claimed = await platform.service.line((line) => line['job'] === job.id && line.msg === 'job claimed');
    process.kill(claimed['trainingPid'] as number, 'SIGKILL');
    const again = await platform.version(job);
    const ended = await platform.client.training.getJob({ id: job.id });
    expect(ended).toMatchObject({ state: JobState.JOB_STATE_SUCCEEDED, attempt: 2 });
    expect(again.weightsSha256).toBe(forward.weightsSha256);
  }, BUSY_MS);

  async function checkpoint({ id }: Job): Promise<void> {
    for await (const { event } of platform.client.training.watchJob({ id })) if (event?.$case === 'checkpoint') return;
    throw new Error('no checkpoint came');
  }
});
