import * as fc from 'fast-check';
import { wavBytes } from '../testing/wav-bytes';
import { fixture } from '../testing/fixtures';
import { decodeAudio, toPcm } from './decode-audio';

const ALL = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);

describe('decodeAudio of WAV', () => {
  it('gives every 16-bit sample back as it was', async () => {
    const { samples, sampleRate, seconds, source } = await decodeAudio(wavBytes(ALL, { sampleRate: 16_000 }));
    expect(toPcm(samples)).toEqual(ALL);
    expect([sampleRate, seconds, source]).toEqual([16_000, 4.096, { format: 'wav', sampleRate: 16_000, channels: 1, bits: 16, frameBytes: 2, frames: 65_536 }]);
  });

  it('mixes several channels if told to', async () => {
    const stereo = wavBytes(ALL.subarray(0, 4), { channels: 2 });
    stereo.writeInt16LE(100, 44);
    stereo.writeInt16LE(300, 46);
    expect(toPcm((await decodeAudio(stereo, { channels: 'mix' })).samples)).toEqual(Int16Array.of(200, -32_767, -32_766, -32_765));
  });

  const changed = (change: (bytes: Buffer) => unknown): Buffer => {
    const bytes = wavBytes(Int16Array.from({ length: 100 }, (_, i) => i * 100));
    change(bytes);
    return bytes;
  };

  it.each([
    ['no bytes', Buffer.alloc(0), 'received no bytes; expected a WAV or FLAC file.'],
    ['another format', Buffer.from('OggS and more'), 'received 13 bytes that are neither; expected a WAV or FLAC file.'],
    ['a header alone', wavBytes(ALL).subarray(0, 36), 'received no sound (chunk "data"); expected a complete WAV file.'],
    ['no description', changed((bytes) => bytes.write('junk', 12)), 'received no description of the sound (chunk "fmt "); expected a complete WAV file.'],
    ['a file cut short', wavBytes(ALL).subarray(0, 1000), 'received a header that promises 131072 bytes of sound, of which 956 are there; expected a complete file.'],
    ['an unfinished header', changed((bytes) => bytes.writeUInt32LE(0xffffffff, 40)), 'received a header that promises 4294967295 bytes of sound, of which 200 are there'],
    ['a header that contradicts itself', changed((bytes) => bytes.writeUInt32LE(1, 28)), 'received a header of 2 bytes a frame and 1 a second; expected 2 and 16000 for 1 channels, 16 bits, 8000 samples a second.'],
    ['half a frame', changed((bytes) => bytes.writeUInt32LE(199, 40)), 'received 199 bytes of sound; expected a multiple of 2, the size of a frame.'],
    ['no length', wavBytes(new Int16Array(0)), 'received a recording of no length; expected sound.'],
    ['silence', wavBytes(new Int16Array(100)), 'received silence: all samples are 0; expected sound.'],
    ['no channel', changed((bytes) => { bytes.writeUInt16LE(0, 22); bytes.writeUInt16LE(0, 32); bytes.writeUInt32LE(0, 28); }), 'received 0 channels; expected 1 to 8.'],
    ['an absurd rate', wavBytes(ALL, { sampleRate: 1_000_000 }), 'received 1000000 samples a second; expected 4000 to 192000.'],
    ['ADPCM', changed((bytes) => bytes.writeUInt16LE(2, 20)), 'received samples of format 2 with 16 bits; expected PCM of 8, 16, 24 or 32 bits, floats of 32 or 64, A-law or mu-law.'],
    ['two channels', wavBytes(ALL, { channels: 2 }), 'received 2 channels; expected one. Send one channel.'],
  ])('refuses %s', async (_what, bytes, message) => {
    const error = await decodeAudio(bytes, {}, 'audio.encoded').then(() => undefined, (thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'UNDECODABLE_AUDIO', violations: [{ field: 'audio.encoded', description: expect.stringContaining(message) }] });
  });

  it('refuses what is longer than the limit, and takes silence where that is an answer', async () => {
    await expect(decodeAudio(wavBytes(ALL), { maxSeconds: 8 })).rejects.toThrow('encoded: received 8.2 seconds; expected at most 8. Cut it into shorter recordings.');
    expect((await decodeAudio(wavBytes(new Int16Array(100)), { silence: 'accept' })).samples).toEqual(new Float32Array(100));
  });

  it.each([
    ['no numbers', NaN, 'encoded: received a sample that is no finite number, at 1; expected finite samples. Save it again.'],
    ['whole numbers', 100, 'encoded: received a sample of 100; expected samples in -1..1. Divide whole numbers by 32768 before saving them as floats.'],
  ])('refuses floats that are %s', async (_what, value, message) => {
    const bytes = Buffer.concat([wavBytes(new Int16Array(0)), Buffer.from(Float32Array.of(0.5, value).buffer)]);
    bytes.writeUInt16LE(3, 20);
    bytes.writeUInt32LE(32_000, 28);
    bytes.writeUInt16LE(4, 32);
    bytes.writeUInt16LE(32, 34);
    bytes.writeUInt32LE(8, 40);
    await expect(decodeAudio(bytes)).rejects.toThrow(message);
  });
});

// Made by make-audio.py: sound.json's samples as written by libsndfile.
describe('decodeAudio of files of other programs', () => {
  const sound = JSON.parse(fixture('audio/sound.json').toString()) as { sampleRate: number; samples: number[] };
  const own = Float32Array.from(sound.samples, (value) => value / 32_768);
  const furthest = (samples: Float32Array, expected: ArrayLike<number>): number => samples.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), samples.length === expected.length ? 0 : Infinity);

  it.each([
    ['pcm16.wav', 0], ['pcm24.wav', 2e-7], ['pcm32.wav', 1e-9], ['float.wav', 0], ['double.wav', 0], ['extensible.wav', 0], ['pcm8.wav', 1 / 128], ['alaw.wav', 0.03], ['ulaw.wav', 0.03], ['pcm16.flac', 0], ['pcm24.flac', 0],
  ])('%s', async (file, tolerance) => {
    const { samples, sampleRate } = await decodeAudio(fixture(`audio/${file}`));
    expect(sampleRate).toBe(sound.sampleRate);
    expect(furthest(samples, own)).toBeLessThanOrEqual(tolerance);
  });

  // The tones themselves, at other times; the first and last samples have no neighbours to filter with, and are faded out.
  it.each([8000, 16_000, 44_100])('resampled to %i, holds the same tones', async (rate) => {
    const { samples } = await decodeAudio(fixture('audio/pcm16.wav'), { sampleRate: rate });
    const seconds = (sound.samples.length - 1) / sound.sampleRate;
    const tones = Float64Array.from({ length: Math.ceil((sound.samples.length * rate) / sound.sampleRate) }, (_, i) => {
      const t = i / rate;
      const envelope = t > seconds ? 0 : 0.5 - 0.5 * Math.cos((2 * Math.PI * t) / seconds);
      return envelope * (0.4 * Math.sin(2 * Math.PI * 300 * t) + 0.3 * Math.sin(2 * Math.PI * 1700 * t + 1) + 0.1 * Math.sin(2 * Math.PI * 2900 * t + 2));
    });
    expect(furthest(samples, tones)).toBeLessThan(1e-3);
  });

  it('resampled, loses what the new rate cannot hold', async () => {
    const high = Int16Array.from({ length: 4000 }, (_, i) => Math.round(20_000 * Math.sin((2 * Math.PI * 5500 * i) / 16_000)));
    const { samples } = await decodeAudio(wavBytes(high, { sampleRate: 16_000 }), { sampleRate: 8000 });
    expect(furthest(samples.subarray(100, -100), new Float32Array(samples.length - 200))).toBeLessThan(1e-4);
  });

  it.each([
    ['a header that tells of fewer samples', (bytes: Buffer) => bytes.writeUInt8(bytes[25]! - 1, 25), /^encoded: received a damaged FLAC file \(more than the \d+ samples that its header tells of\)/],
    ['a header that tells of more', (bytes: Buffer) => bytes.writeUInt8(bytes[25]! + 1, 25), /^encoded: received a damaged FLAC file \(\d+ of the \d+ samples that its header tells of\)/],
    ['no length', (bytes: Buffer) => bytes.fill(0, 22, 26) && bytes.writeUInt8(bytes[21]! & 0xf0, 21), /^encoded: received a header that does not tell the length; expected the number of samples\./],
    ['another sum', (bytes: Buffer) => bytes.writeUInt8(bytes[30]! ^ 1, 30), /^encoded: received a damaged FLAC file \(its samples have another MD5 sum than its header says\); expected a complete one\. Copy it again, or save it again\./],
    ['damage inside', (bytes: Buffer) => bytes.fill(0x55, bytes.length - 200, bytes.length - 100), /^encoded: received a damaged FLAC file/],
  ])('refuses a FLAC file with %s', async (_what, change, message) => {
    const bytes = fixture('audio/pcm16.flac');
    change(bytes);
    await expect(decodeAudio(bytes)).rejects.toThrow(message);
  });

  it('refuses a FLAC file cut short', async () => {
    await expect(decodeAudio(fixture('audio/pcm16.flac').subarray(0, 900))).rejects.toThrow(/received a damaged FLAC file/);
    await expect(decodeAudio(fixture('audio/pcm16.flac').subarray(0, 20))).rejects.toThrow('received no description of the stream; expected a complete FLAC file.');
  });

  it.each(['pcm16.flac', 'pcm24.flac', 'extensible.wav', 'alaw.wav', 'float.wav'])('%s with bytes changed is decoded or refused, and nothing else', async (file) => {
    const whole = fixture(`audio/${file}`);
    const change = fc.record({ at: fc.oneof(fc.nat(63), fc.nat(whole.length - 1)), value: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), fc.option(fc.nat(whole.length)), async (changes, length) => {
        const bytes = Buffer.from(whole);
        for (const { at, value } of changes) bytes[at] = value;
        const outcome = await decodeAudio(bytes.subarray(0, length ?? bytes.length), { channels: 'mix', silence: 'accept' }).then(() => 'decoded', ({ reason }: { reason?: string }) => reason);
        expect(['decoded', 'UNDECODABLE_AUDIO']).toContain(outcome);
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
