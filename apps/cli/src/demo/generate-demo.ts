import { join } from 'node:path';
import { connect, type QuartetClient } from '@quartet/client';
import { Part, type Version } from '@quartet/contracts';
import { drawImages } from '../commands/generate-images';
import { generateAll, imagesOf, roundPictures, tensorImages } from '../generation/samples';
import { drawGrey, sideBySide } from '../images/draw';
import { gridOf, type Images } from '../images/grid';
import { writeImage } from '../images/write-image';
import { AdviceError, count, metric, type Output } from '../output';
import { writePng } from '../plot/render-png';
import { learningCurveSpec } from '../plot/specs';
import { heading, importDigits, promoteTrained, showMemory, type DemoRun } from './demo';

const MODEL = 'digit-maker';
const EPOCHS = { full: 6, small: 8 };
/** What is promised: share of the made digits that a classifier, trained on real ones, takes for what they were asked to be. */
const LEAST_AS_ASKED = { full: 0.9, small: 0.3 };
/** Digits a class in the picture of the result. */
const ROWS = 4;
const DIGITS = 10;
/** Rounds that are drawn one below the other. */
const SHOWN_ROUNDS = 5;

/** The story of a GAN, on a platform that is up: digits forming out of noise, round by round. */
export async function runGanDemo(run: DemoRun): Promise<void> {
  const { out, home, small } = run;
  const client = connect({ address: run.address });
  try {
    const dataset = await importDigits(run, client);
    const version = await train(run, client, dataset.name);
    await showForming(run, client, version);
    const made = await make(run, client);
    await showWay(run, client);
    heading(out, 'Result');
    const { metrics, floor, count: compared } = await client.gan.evaluate({ model: { name: MODEL }, count: small ? 200 : 1000, part: Part.PART_TEST }, { signal: run.signal, deadlineMs: Infinity });
    const asAsked = metrics['classes/asAsked'] ?? 0;
    out.line(`distance    ${out.paint('bold', metric('distance', metrics['distance']))} to ${compared} real test digits; real training digits have ${metric('distance', floor['distance'])}`);
    out.line(`as asked    ${out.paint('bold', `${(asAsked * 100).toFixed(1)} %`)} of them are what they were asked to be, by a classifier of real digits`);
    out.line(`throughput  ${count(Math.round((made.count / made.ms) * 1000))} digits/s through the gateway, each by itself`);
    out.line();
    out.line(`pictures    ${join(home, 'digits-by-round.png')}: the same latents, round by round`);
    out.line(`            ${join(home, 'digits.png')}`);
    out.line(`            ${join(home, 'interpolation.png')}`);
    out.line(`            ${join(home, 'learning-curve.png')}: both losses, and the distance`);
    showMemory(out, run.memory);
    const least = small ? LEAST_AS_ASKED.small : LEAST_AS_ASKED.full;
    if (!(asAsked >= least)) throw new AdviceError(`${(asAsked * 100).toFixed(1)} % of the made digits are what they were asked to be, below the ${least * 100} % that are expected`, 'the training log is in the logs folder of the demo');
  } finally {
    client.close();
  }
}

async function train(run: DemoRun, client: QuartetClient, dataset: string): Promise<Version> {
  const { out, signal, small } = run;
  heading(out, 'Training a generator of digits against a discriminator');
  const spec = { roundSteps: small ? 50 : 400, latentSize: 64, architecture: { $case: 'convolutional' as const, value: { filters: small ? [16, 32] : [32, 64] } } };
  const options = { epochs: small ? EPOCHS.small : EPOCHS.full, batchSize: 64, seed: 7, learningRate: small ? 0.001 : 0.0005 };
  const queued = await client.gan.train({ model: MODEL, dataset, spec, options }, { signal });
  const { version, history } = await promoteTrained(run, client, queued);
  await writePng(learningCurveSpec(history), join(run.home, 'learning-curve.png'));
  return client.models.getVersion({ model: { name: MODEL, target: { $case: 'version', value: version } } }, { signal });
}

/** Draws what the same latents gave in some of the rounds. */
async function showForming({ out, home }: DemoRun, client: QuartetClient, version: Version): Promise<void> {
  heading(out, 'Digits forming');
  const pictures = await roundPictures(client, version);
  const step = Math.max(1, Math.ceil(pictures.length / SHOWN_ROUNDS));
  const shown = pictures.filter((_, at) => (pictures.length - 1 - at) % step === 0);
  for (const { round, images } of shown) {
    out.line(out.paint('dim', `round ${round}`));
    const places = Math.max(1, Math.min(DIGITS, Math.floor((out.width + 1) / (images.width + 1))));
    drawImages(out, first(images, places), places);
  }
  const all = shown.map(({ images }) => first(images, DIGITS));
  const joined: Images = { ...all[0]!, count: all.length * DIGITS, pixels: Uint8Array.from(all.flatMap(({ pixels }) => [...pixels])) };
  await write(join(home, 'digits-by-round.png'), joined, DIGITS);
}

async function make({ out, home, signal }: DemoRun, client: QuartetClient): Promise<{ count: number; ms: number }> {
  heading(out, 'Making digits, each of a class that was asked for');
  const wanted = ROWS * DIGITS;
  const began = performance.now();
  const samples = await generateAll(client, { model: { name: MODEL }, count: wanted, seed: 1 }, { signal });
  const ms = performance.now() - began;
  const images = imagesOf(samples.values, samples.shape)!;
  await write(join(home, 'digits.png'), images, DIGITS);
  showSome(out, images);
  return { count: wanted, ms };
}

/** As many as fit, side by side, with their class. */
function showSome(out: Output, images: Images): void {
  const places = Math.max(1, Math.min(DIGITS, Math.floor((out.width + 2) / (images.width + 2))));
  const size = images.height * images.width;
  const blocks = Array.from({ length: places }, (_, at) => ({
    width: images.width,
    lines: [...drawGrey(out, images.pixels.subarray(at * size, (at + 1) * size), images.height, images.width), out.paint('green', String(at).padEnd(images.width))],
  }));
  for (const line of sideBySide(blocks)) out.line(line);
}

async function showWay({ out, home, signal }: DemoRun, client: QuartetClient): Promise<void> {
  const end = (value: bigint) => ({ source: { $case: 'seed' as const, value } });
  const { examples } = await client.gan.interpolate({ model: { name: MODEL }, from: end(3n), to: end(8n), steps: DIGITS, className: '3' }, { signal });
  const images = tensorImages(examples!)!;
  await write(join(home, 'interpolation.png'), images, DIGITS);
  out.line();
  out.line(out.paint('dim', 'from one 3 to another'));
  const places = Math.max(2, Math.min(DIGITS, Math.floor((out.width + 1) / (images.width + 1))));
  drawImages(out, first(images, places), places);
}

function first(images: Images, count: number): Images {
  const taken = Math.min(count, images.count);
  return { ...images, count: taken, pixels: images.pixels.subarray(0, taken * images.height * images.width * images.channels) };
}

async function write(file: string, images: Images, columns: number): Promise<void> {
  const grid = gridOf(images, columns);
  await writeImage(file, grid.pixels, grid.height, grid.width, grid.channels);
}
