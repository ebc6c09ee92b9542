import { resample } from '../../audio/resample';
import { philoxNormals } from '../../random/normals';
import { Philox, Purpose } from '../../random/philox';
import { LANGUAGES, readDigit, recordingsZip, SAMPLE_RATE, wavOf, type Language, type Recording } from './asterisk';

/** Strings of each part, in turn by every voice. */
const COUNTS = { train: 2000, validation: 200, test: 400 } as const;
const DIGITS = { least: 2, most: 5 };
const SEED = 1;
/** Sampling rates that stand for speeds of 0.85 to 1.17, in steps that make few filters. */
const SPEEDS = { slowest: 6800, step: 200, count: 14 };
/** Decibels. */
const [GAIN, NOISE] = [{ least: -6, most: 3 }, { least: 8, most: 30 }];
/** Seconds. */
const PAUSE = { least: 0.02, most: 0.22 };

/** Strings of digits, joined from one recording of each digit a voice, with speed, loudness, pauses and noise drawn for each. */
export async function digitStrings(folders: ReadonlyMap<Language, string>): Promise<Buffer> {
  const voices = new Map<Language, Float32Array[]>();
  for (const [language, folder] of folders) voices.set(language, await Promise.all(Array.from({ length: 10 }, (_, digit) => readDigit(folder, digit))));
  const recordings: Recording[] = [];
  for (const [part, count] of Object.entries(COUNTS)) {
    for (let index = 0; index < count; index++) {
      const className = LANGUAGES[index % LANGUAGES.length]!;
      const { text, samples } = say(voices.get(className)!, recordings.length);
      recordings.push({ path: `${part}/${String(index).padStart(4, '0')}-${className}.wav`, wav: wavOf(samples), text, className });
    }
  }
  return recordingsZip(recordings);
}

/** @param index Of the string: all its drawings follow from it. */
function say(digits: readonly Float32Array[], index: number): { text: string; samples: Float32Array } {
  const random = new Philox(SEED, Purpose.augment).seek(index, 0);
  const between = ({ least, most }: { least: number; most: number }): number => least + (most - least) * random.unit();
  const pause = (): Float32Array => new Float32Array(Math.round(between(PAUSE) * SAMPLE_RATE));
  const said = Array.from({ length: DIGITS.least + random.below(DIGITS.most - DIGITS.least + 1) }, () => random.below(10));
  const parts = said.flatMap((digit) => {
    const speed = SPEEDS.slowest + SPEEDS.step * random.below(SPEEDS.count);
    const gain = 10 ** (between(GAIN) / 20);
    return [pause(), resample(digits[digit]!, speed, SAMPLE_RATE).map((sample) => sample * gain)];
  });
  parts.push(pause());
  const clean = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    clean.set(part, at);
    at += part.length;
  }
  const power = clean.reduce((sum, sample) => sum + sample * sample, 0) / clean.length;
  const noise = new Float32Array(clean.length);
  philoxNormals(SEED, index, noise, Math.sqrt(power / 10 ** (between(NOISE) / 10)));
  return { text: said.join(' '), samples: clean.map((sample, i) => sample + noise[i]!) };
}
