import type { QuartetClient, UploadFile } from '@quartet/client';
import { uploadDataset } from '@quartet/client';
import { deriveSeed, uniformNumbers } from '@quartet/core';
import { DatasetFormat, type Dataset } from '@quartet/contracts';

// A language of tones, quick to learn: each word is a chord of its own.

export const RATE = 8000;
const WORDS: Readonly<Record<string, readonly number[]>> = { do: [400, 1300], re: [700, 2100], mi: [1100, 2900], fa: [1700, 3400] };

/** 16-bit samples of words said one after the other, with pauses, loudness and lengths drawn by the seed. */
export function say(words: readonly string[], seed: number): Int16Array {
  const random = uniformNumbers(deriveSeed(seed, 'tones'));
  const samples: number[] = [];
  const pause = (): void => {
    const length = RATE * (0.06 + 0.08 * random());
    for (let i = 0; i < length; i++) samples.push(100 * (random() - 0.5));
  };
  for (const word of words) {
    pause();
    const [length, level] = [Math.floor(RATE * (0.12 + 0.08 * random())), 3000 + 3000 * random()];
    for (let i = 0; i < length; i++) {
      const sound = WORDS[word]!.reduce((sum, hertz) => sum + Math.sin((2 * Math.PI * hertz * i) / RATE), 0);
      samples.push(level * Math.sin((Math.PI * i) / length) * sound);
    }
  }
  pause();
  return Int16Array.from(samples);
}

export function drawWords(seed: number): string[] {
  const random = uniformNumbers(deriveSeed(seed, 'words'));
  const names = Object.keys(WORDS);
  return Array.from({ length: 1 + Math.floor(random() * 2) }, () => names[Math.floor(random() * names.length)]!);
}

export interface WavOptions {
  rate?: number;
  channels?: number;
  /** Bytes that the header says follow. */
  claimed?: number;
}

/** A WAV file, every channel the same. */
export function wav(pcm: Int16Array, { rate = RATE, channels = 1, claimed }: WavOptions = {}): Buffer {
  const data = Buffer.alloc(pcm.length * 2 * channels);
  pcm.forEach((sample, i) => {
    for (let channel = 0; channel < channels; channel++) data.writeInt16LE(sample, 2 * (i * channels + channel));
  });
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * 2, 28);
  head.writeUInt16LE(channels * 2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(claimed ?? data.length, 40);
  return Buffer.concat([head, data]);
}

/** The 16-bit samples' bytes. */
export const bytesOf = (pcm: Int16Array): Buffer => Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength);

/** Uploads recordings of tones: with texts, or a folder for the number of words in each. */
export function uploadTones(client: QuartetClient, name: string, counts: { train: number; test: number }, transcribed = true): Promise<Dataset> {
  const rows = (['train', 'test'] as const).flatMap((part, at) => Array.from({ length: counts[part] }, (_, index) => ({ part, index, seed: at * 10_000 + index })));
  const files = rows.map(({ part, index, seed }): UploadFile & { text: string } => {
    const words = drawWords(seed);
    const source = wav(say(words, seed));
    return { path: transcribed ? `${part}/${index}.wav` : `${part}/${words[0]}/${index}.wav`, source, size: source.length, text: words.join(' ') };
  });
  const table = Buffer.from(`path,text\n${files.map(({ path, text }) => `${path},${text}`).join('\n')}\n`);
  const all: UploadFile[] = [...files, ...(transcribed ? [{ path: 'transcripts.csv', source: table, size: table.length }] : [])];
  return uploadDataset(client, name, { format: DatasetFormat.DATASET_FORMAT_RECORDINGS, validationShare: 0.1 }, all);
}
