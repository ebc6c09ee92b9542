import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Silence between two sounds of one file, in seconds. */
const PAUSE = 0.2;

/** Writes sounds one after the other as WAV, 16-bit, one channel. @param values -1..1, `samples` of each sound. Loads the library for it only now. */
export async function writeSound(file: string, values: Float32Array, samples: number, sampleRate: number): Promise<void> {
  // Node finds no named exports in it.
  const { default: { WaveFile } } = await import('wavefile');
  const count = values.length / samples;
  const step = samples + Math.round(PAUSE * sampleRate);
  const pcm = new Int16Array(Math.max(0, count * step - (step - samples)));
  for (let at = 0; at < values.length; at += 1) pcm[Math.floor(at / samples) * step + (at % samples)] = Math.round(32_767 * Math.min(1, Math.max(-1, values[at]!)));
  const wav = new WaveFile();
  wav.fromScratch(1, sampleRate, '16', pcm);
  mkdirSync(dirname(resolve(file)), { recursive: true });
  writeFileSync(file, wav.toBuffer());
}
