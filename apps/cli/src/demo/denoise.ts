import { join } from 'node:path';
import { connect, tensorFromFloat32, tensorToFloat32, tensorToTypedArray, type QuartetClient } from '@quartet/client';
import { autoencoder, JobState, Part } from '@quartet/contracts';
import { drawGrey, sideBySide } from '../images/draw';
import { toPixels, writeImage } from '../images/write-image';
import { AdviceError, count, type Output } from '../output';
import { curves } from '../plot/terminal';
import { watchToEnd } from '../training/watch-view';
import { heading, importDigits, showMemory, type DemoRun } from './demo';

const MODEL = 'denoiser';
/** Standard deviation of the noise; pixels are in 0..1. */
const NOISE = 0.5;
/** What is promised, in dB: the best linear denoiser (PCA) reaches 15.2 at this noise, the noisy digits have 9.4. */
const LEAST_PSNR = { full: 18.2, small: 14 };
/** Test digits that are denoised, and those that a request takes; below the default QUARTET_MAX_BATCH. */
const DIGITS = 1000;
const BATCH = 250;

interface Denoised {
  height: number;
  width: number;
  clean: Float32Array;
  noisy: Float32Array;
  denoised: Float32Array;
  ms: number;
}

/** The story of a denoising autoencoder, on a platform that is up. */
export async function runAutoencoderDemo(run: DemoRun): Promise<void> {
  const { out, home, small } = run;
  const client = connect({ address: run.address });
  try {
    const dataset = await importDigits(run, client);
    await trainDenoiser(run, client, dataset.name);
    const images = await denoise(run, client, dataset.name);
    const [before, after] = [psnr(images.noisy, images.clean), psnr(images.denoised, images.clean)];
    heading(out, 'Result');
    out.line(`noisy       ${before.toFixed(1)} dB PSNR, on ${count(images.clean.length / (images.height * images.width))} test digits`);
    out.line(`denoised    ${out.paint('bold', `${after.toFixed(1)} dB`)} (the best linear denoiser, PCA: 15.2 dB)`);
    out.line(`throughput  ${count(Math.round((images.clean.length / (images.height * images.width) / images.ms) * 1000))} images/s through the gateway`);
    out.line();
    show(out, images);
    const file = join(home, 'denoised.png');
    await writeSheet(file, images);
    out.line();
    out.line(`picture     ${file}: before, after, and what it was`);
    showMemory(out, run.memory);
    const least = small ? LEAST_PSNR.small : LEAST_PSNR.full;
    if (!(after >= least)) throw new AdviceError(`the denoised digits have ${after.toFixed(1)} dB, below the ${least} dB that are expected`, 'the training log is in the logs folder of the demo');
  } finally {
    client.close();
  }
}

async function trainDenoiser(run: DemoRun, client: QuartetClient, dataset: string): Promise<void> {
  const { out, signal, small } = run;
  heading(out, `Training an autoencoder to take away noise of deviation ${NOISE}`);
  const spec = {
    architecture: { $case: 'dense' as const, value: { units: [1024, 512] } },
    latentSize: 128,
    corruption: { kind: autoencoder.CorruptionKind.CORRUPTION_KIND_GAUSSIAN, level: NOISE },
  };
  const options = { epochs: small ? 3 : 6, batchSize: small ? 32 : 128, seed: 7 };
  const queued = await client.autoencoder.train({ model: MODEL, dataset, spec, options }, { signal });
  const { job, history } = await watchToEnd({ client, out, err: run.err, json: false }, queued.id, signal);
  if (job.state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`the training did not succeed: ${job.error || JobState[job.state]}`);
  for (const line of out.live ? ['', ...curves(out, history)] : []) out.line(line);
  await client.models.promoteVersion({ model: MODEL, version: job.version }, { signal });
  out.line(`${out.paint('green', '✓')} ${MODEL} version ${job.version} is in production`);
}

/** Adds noise to test digits and has the model's production version take it away. */
async function denoise({ out, signal }: DemoRun, client: QuartetClient, dataset: string): Promise<Denoised> {
  heading(out, 'Denoising test digits');
  const { examples } = await client.datasets.readExamples({ name: dataset, part: Part.PART_TEST, count: DIGITS }, { signal });
  const [total = 0, height = 0, width = 0] = examples!.shape.map(Number);
  const size = height * width;
  const clean = Float32Array.from(tensorToTypedArray(examples!) as Uint8Array, (value) => value / 255);
  const noisy = addNoise(clean);
  const denoised = new Float32Array(clean.length);
  const began = performance.now();
  for (let first = 0; first < total; first += BATCH) {
    const rows = Math.min(BATCH, total - first);
    const batch = tensorFromFloat32(noisy.subarray(first * size, (first + rows) * size), [rows, height, width, 1]);
    const { examples } = await client.autoencoder.reconstruct({ model: { name: MODEL }, input: { $case: 'batch', value: batch } }, { signal });
    denoised.set(tensorToFloat32(examples!), first * size);
  }
  return { height, width, clean, noisy, denoised, ms: performance.now() - began };
}

/** Normal noise from a fixed seed (Box and Muller, 1958, over Lehmer's generator), cut to 0..1. */
function addNoise(clean: Float32Array): Float32Array {
  let state = 1;
  const unit = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return clean.map((value) => Math.min(1, Math.max(0, value + NOISE * Math.sqrt(-2 * Math.log(unit())) * Math.cos(2 * Math.PI * unit()))));
}

/** Peak signal-to-noise ratio in dB, of all images as one. */
function psnr(images: Float32Array, clean: Float32Array): number {
  const squares = images.reduce((sum, value, at) => sum + (value - clean[at]!) ** 2, 0);
  return -10 * Math.log10(squares / images.length);
}

/** A few digits on the terminal: noisy above, denoised below. */
function show(out: Output, { height, width, noisy, denoised }: Denoised): void {
  const places = Math.max(1, Math.min(5, Math.floor((Math.min(out.width, 150) + 2) / (width + 2))));
  for (const [title, images] of [['before', noisy], ['after', denoised]] as const) {
    const pixels = toPixels(images.subarray(0, places * height * width));
    const blocks = Array.from({ length: places }, (_, at) => ({ width, lines: drawGrey(out, pixels.subarray(at * height * width, (at + 1) * height * width), height, width) }));
    out.line(out.paint('bold', title));
    for (const line of sideBySide(blocks)) out.line(line);
  }
}

/** Ten digits in three rows: before, after, and what they were; each pixel four times as large. */
async function writeSheet(file: string, { height, width, clean, noisy, denoised }: Denoised): Promise<void> {
  const [columns, scale] = [10, 4];
  const sheet = new Uint8Array(3 * height * scale * columns * width * scale);
  [noisy, denoised, clean].forEach((images, row) => {
    const pixels = toPixels(images.subarray(0, columns * height * width));
    for (let y = 0; y < height * scale; y += 1) {
      for (let x = 0; x < columns * width * scale; x += 1) {
        const [column, py, px] = [Math.floor(x / (width * scale)), Math.floor(y / scale), Math.floor((x % (width * scale)) / scale)];
        sheet[(row * height * scale + y) * columns * width * scale + x] = pixels[(column * height + py) * width + px] ?? 0;
      }
    }
  });
  await writeImage(file, sheet, 3 * height * scale, columns * width * scale, 1);
}
