import { join } from 'node:path';
import type { Command } from 'commander';
import { shapeOf, tensorToFloat32, tensorToTypedArray, type Input, type QuartetClient } from '@quartet/client';
import { autoencoder, Part, type ModelRef, type Tensor } from '@quartet/contracts';
import { modelRef } from '../arguments';
import { action, type Context } from '../context';
import { heat, writeSheet } from '../images/sheet';
import { toPixels } from '../images/write-image';
import { UsageError, writeDocument, writeTable } from '../output';
import { latentScatter, lostBars, rateDistortion } from '../plot/autoencoder';
import { writePng } from '../plot/render-png';

/** Examples that pictures show, below the least batch limit that makes sense; and those beside each other. */
const SHOWN = 16;
const STRIPS = 5;
const STEPS = 10;
const QUALITIES = [1, 2, 3, 4, 5];

const share = (part: number, whole: number): string => (whole > 0 ? `${((100 * part) / whole).toFixed(1)} %` : '-');

async function report({ client, out, json }: Context, model: Input<ModelRef>): Promise<void> {
  const answer = await client.autoencoder.report({ model });
  if (json) return writeDocument(out, autoencoder.ReportResponse.toJSON(answer));
  const columns = [{ title: 'PART' }, { title: 'LOST', align: 'right' as const }, { title: 'BY PCA', align: 'right' as const }, { title: 'ERROR', align: 'right' as const }];
  writeTable(out, columns, answer.lost.map(({ name, error, pcaError, spread }) => [name, share(error, spread), share(pcaError, spread), error.toPrecision(4)]));
  out.line(out.paint('dim', 'lost: share of its variance that does not come back; by PCA: with as many components as the latent has units'));
  if (answer.verdict) out.line(out.paint('yellow', `${answer.verdict}: ${answer.evidence}; ${answer.remedy}`));
}

/** Writes what a version does to examples of a data set as pictures. */
async function pictures(context: Context, model: Input<ModelRef>, { data, out: folder }: { data: string; out: string }): Promise<void> {
  const { client, out } = context;
  const examples = await someExamples(client, data);
  const input = { $case: 'batch' as const, value: examples };
  const written: string[] = [];
  const file = (name: string): string => {
    written.push(join(folder, name));
    return written.at(-1)!;
  };
  const { points, labels, classNames, explained } = await client.autoencoder.project({ model });
  const [places, classes] = [tensorToFloat32(points!), tensorToTypedArray(labels!)];
  const dots = Array.from({ length: classes.length }, (_, at) => ({ x: places[2 * at]!, y: places[2 * at + 1]!, name: classNames[Number(classes[at])] ?? 'examples' }));
  await writePng(latentScatter(`The latent space of ${model.name}`, dots, explained), file('latents.png'));
  const { lost } = await client.autoencoder.report({ model });
  await writePng(lostBars(`What ${model.name} loses`, lost), file('lost.png'));
  await writePng(await curve(client, model, examples), file('rate-distortion.png'));
  if (examples.shape.length === 4) await imageSheets(client, model, examples, input, file);
  for (const path of written) out.line(path);
}

/** The first examples of the part that is farthest from the training. */
async function someExamples(client: QuartetClient, name: string): Promise<Tensor> {
  const { parts, schema } = await client.datasets.getDataset({ name });
  if (schema?.kind !== 'image' && schema?.kind !== 'table') throw new UsageError(`data set '${name}' holds a ${schema?.kind ?? 'data set without schema'}; pictures are of images and tables`);
  const part = [Part.PART_TEST, Part.PART_VALIDATION, Part.PART_TRAIN].find((wanted) => parts.some((each) => each.part === wanted && each.count > 0n)) ?? Part.PART_TRAIN;
  const { examples } = await client.datasets.readExamples({ name, part, offset: 0n, count: BigInt(SHOWN) });
  return examples!;
}

async function curve(client: QuartetClient, model: Input<ModelRef>, examples: Tensor) {
  const count = shapeOf(examples)[0] ?? 1;
  const image = examples.shape.length === 4;
  const { codebook } = (JSON.parse((await client.models.getVersion({ model })).manifestJson) as { spec: { codebook?: unknown } }).spec;
  const points = [];
  for (const quality of codebook ? [0] : QUALITIES) {
    const { stream, errors } = await client.autoencoder.compress({ model, input: { $case: 'batch', value: examples }, quality });
    const mse = errors.reduce((a, b) => a + b, 0) / count;
    points.push({ quality, bytes: stream.length / count, distortion: image ? -10 * Math.log10(Math.max(mse, 1e-12)) : mse });
  }
  return rateDistortion(`Compressed by ${model.name}`, image ? 'PSNR, dB' : 'mean squared error, in deviations', points);
}

/** Originals above reconstructions; ways between images; images above where they are unusual. */
async function imageSheets(client: QuartetClient, model: Input<ModelRef>, examples: Tensor, input: { $case: 'batch'; value: Tensor }, file: (name: string) => string): Promise<void> {
  const [count = 0, height = 0, width = 0, channels = 1] = shapeOf(examples);
  const shape = { height, width, channels };
  const size = height * width * channels;
  const cut = <A extends { subarray(from: number, to: number): A }>(all: A, rows = count): A[] => Array.from({ length: rows }, (_, row) => all.subarray(row * size, (row + 1) * size));
  const raw = tensorToTypedArray(examples);
  const originals = cut(raw instanceof Uint8Array ? raw : toPixels(raw as Float32Array));
  const rebuilt = await client.autoencoder.reconstruct({ model, input });
  await writeSheet(file('reconstructions.png'), [originals, cut(toPixels(tensorToFloat32(rebuilt.examples!)))], shape);

  const pixels = (at: number) => ({ content: { $case: 'pixels' as const, value: { dtype: examples.dtype, shape: [height, width, channels].map(BigInt), data: Buffer.from(examples.data.subarray((at * examples.data.length) / count, ((at + 1) * examples.data.length) / count)) } } });
  const strips: Uint8Array[][] = [];
  for (let strip = 0; strip < STRIPS && 2 * strip + 1 < count; strip += 1) {
    const between = await client.autoencoder.interpolate({ model, from: pixels(2 * strip), to: pixels(2 * strip + 1), steps: STEPS });
    strips.push(cut(toPixels(tensorToFloat32(between.examples!)), STEPS));
  }
  if (strips.length > 0) await writeSheet(file('interpolations.png'), strips, shape);

  const { results, maps } = await client.autoencoder.detectAnomalies({ model, input, includeMaps: true }).catch((error: unknown) => {
    // Without a validation part there is no threshold, and no map.
    if ((error as { reason?: string }).reason === 'WRONG_STATE') return { results: [], maps: undefined };
    throw error;
  });
  if (!maps) return;
  const errors = cut(tensorToFloat32(maps));
  const order = [...results.keys()].sort((a, b) => results[b]!.score - results[a]!.score);
  const largest = errors.flatMap((each) => [...each]).reduce((a, b) => Math.max(a, b), 0) * channels;
  await writeSheet(file('anomalies.png'), [order.map((at) => originals[at]!), order.map((at) => heat(errors[at]!, channels, largest))], shape);
}

export function addAutoencoderCommands(program: Command): void {
  const argument = ['<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef] as const;
  program
    .command('report')
    .description('say what an autoencoder loses, by column or by frequency, and whether it merely copies')
    .argument(...argument)
    .action(action(report));
  program
    .command('pictures')
    .description('draw what an autoencoder does: reconstructions, latent space, interpolations, anomaly maps, rate and distortion, losses')
    .argument(...argument)
    .requiredOption('--data <name>', 'examples of this data set: of its test part, if it has one')
    .requiredOption('--out <folder>', 'where the PNG files go')
    .action(action(pictures));
}
