import type { UploadFile } from '@quartet/client';

// A language of tones, quick to learn: each word is a chord of its own.

export const RATE = 8000;
const WORDS: Readonly<Record<string, readonly number[]>> = { do: [400, 1300], re: [700, 2100], mi: [1100, 2900] };
const NAMES = Object.keys(WORDS);

/** Numbers in 0..1 that look random and are always the same (a linear congruential generator). */
function drawn(seed: number): () => number {
  let state = seed * 7919 + 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** 16-bit samples of words said one after the other, with pauses, after and before so many seconds of next to nothing. */
export function say(words: readonly string[], seed: number, { before = 0, after = 0 } = {}): Int16Array {
  const random = drawn(seed + 1);
  const samples: number[] = [];
  const pause = (seconds: number) => {
    for (let at = 0; at < RATE * seconds; at++) samples.push(100 * (random() - 0.5));
  };
  pause(before);
  for (const word of words) {
    pause(0.06 + 0.08 * random());
    const [length, level] = [Math.floor(RATE * (0.12 + 0.08 * random())), 3000 + 3000 * random()];
    for (let at = 0; at < length; at++) samples.push(level * Math.sin((Math.PI * at) / length) * WORDS[word]!.reduce((sum, hertz) => sum + Math.sin((2 * Math.PI * hertz * at) / RATE), 0));
  }
  pause(0.1 + after);
  return Int16Array.from(samples);
}

/** A WAV file of one channel. */
export function wav(samples: Int16Array): Buffer {
  const head = Buffer.from('RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x02\0\x10\0data\0\0\0\0', 'latin1');
  for (const [at, value] of [[4, 36 + 2 * samples.length], [24, RATE], [28, 2 * RATE], [40, 2 * samples.length]] as const) head.writeUInt32LE(value, at);
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

/** Recordings of one or two words, with what is said in them, or in a folder by their first word. */
export function recordings(count: number, transcribed: boolean): UploadFile[] {
  const rows = Array.from({ length: count }, (_, at) => {
    const random = drawn(at + 1);
    const words = Array.from({ length: 1 + (at % 2) }, () => NAMES[Math.floor(random() * NAMES.length)]!);
    const source = wav(say(words, at));
    return { path: transcribed ? `${at}.wav` : `${words[0]}/${at}.wav`, source, size: source.length, text: words.join(' ') };
  });
  const table = Buffer.from(['path,text', ...rows.map(({ path, text }) => `${path},${text}`)].join('\n'));
  return [...rows, ...(transcribed ? [{ path: 'transcripts.csv', source: table, size: table.length }] : [])];
}
