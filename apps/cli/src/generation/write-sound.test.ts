import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const folder = mkdtempSync(join(tmpdir(), 'quartet-sound-'));
afterAll(() => rmSync(folder, { recursive: true }));

// By a process of its own, as the command line does: jest loads packages another way.
async function run(script: string, ...args: string[]): Promise<void> {
  await promisify(execFile)(process.execPath, ['-e', script, join(__dirname, '../../dist'), ...args]);
}

test('sounds become one WAV file, with silence between them, and nothing out of range', async () => {
  const file = join(folder, 'deep/said.wav');
  await run("const [, dist, file] = process.argv; require(`${dist}/generation/write-sound.js`).writeSound(file, Float32Array.of(0.5, -0.5, 2, -2), 2, 10)", file);
  const bytes = readFileSync(file);
  expect([bytes.toString('latin1', 0, 4), bytes.toString('latin1', 8, 12), bytes.readUInt16LE(22), bytes.readUInt32LE(24), bytes.readUInt16LE(34)]).toEqual(['RIFF', 'WAVE', 1, 10, 16]);
  const samples = Array.from({ length: bytes.readUInt32LE(40) / 2 }, (_, at) => bytes.readInt16LE(44 + 2 * at));
  // Two samples, 0.2 s of silence, two samples.
  expect(samples).toEqual([16384, -16383, 0, 0, 32767, -32767]);
});

test('pictures of equal size become an animated GIF', async () => {
  const file = join(folder, 'moving.gif');
  const script = "const [, dist, file] = process.argv; const frame = (value) => ({ pixels: new Uint8Array(16).fill(value), height: 4, width: 4, channels: 1 }); require(`${dist}/images/write-animation.js`).writeAnimation(file, [frame(0), frame(255), frame(0)])";
  await run(script, file);
  const { default: sharp } = await import('sharp');
  expect(await sharp(file, { animated: true }).metadata()).toMatchObject({ format: 'gif', pages: 3, pageHeight: 4, width: 4, loop: 0 });
});
