import { basename, join } from 'node:path';
import type { Command } from 'commander';
import { tensorToFloat32, type Input } from '@quartet/client';
import type { ModelRef } from '@quartet/contracts';
import { modelRef } from '../arguments';
import { action, type Context } from '../context';
import { drawGrey } from '../images/draw';
import { readImages } from '../images/read-images';
import { toPixels, writeImage } from '../images/write-image';
import { writeDocument, writeTable } from '../output';

/** Images a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 64;
/** Images that are drawn on a terminal; more scroll away. */
const MOST_DRAWN = 4;

interface Reconstruction {
  file: string;
  error: number;
  written?: string;
}

async function reconstruct({ client, out, json }: Context, model: Input<ModelRef>, files: string[], options: { out?: string }): Promise<void> {
  const images = files.flatMap(readImages);
  const results: Reconstruction[] = [];
  let version = 0n;
  for (let at = 0; at < images.length; at += BATCH) {
    const some = images.slice(at, at + BATCH);
    const response = await client.autoencoder.reconstruct({ model, input: { $case: 'images', value: { images: some.map(({ image }) => image) } } });
    version = response.modelVersion;
    const [, height = 0, width = 0, channels = 1] = response.examples!.shape.map(Number);
    const pixels = toPixels(tensorToFloat32(response.examples!));
    const size = height * width * channels;
    for (const [row, { name }] of some.entries()) {
      const own = pixels.subarray(row * size, (row + 1) * size);
      const result: Reconstruction = { file: name, error: response.errors[row] ?? NaN };
      if (options.out) {
        result.written = join(options.out, `${String(at + row).padStart(4, '0')}-${basename(name).replace(/[^\w.-]/g, '_').replace(/\.(png|jpe?g|npy)$/i, '')}.png`);
        await writeImage(result.written, own, height, width, channels);
      }
      if (!json && out.live && channels === 1 && width <= out.width && results.length < MOST_DRAWN) for (const line of drawGrey(out, own, height, width)) out.line(line);
      results.push(result);
    }
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results });
  writeTable(out, [{ title: 'IMAGE' }, { title: 'ERROR', align: 'right' }, { title: 'WRITTEN' }], results.map(({ file, error, written }) => [file, error.toPrecision(4), written ?? '-']));
  out.line(out.paint('dim', `answered by ${model.name} version ${version}; the error is the mean squared difference of a pixel, in 0..1`));
}

export function addReconstructCommand(program: Command): void {
  program
    .command('reconstruct')
    .description('give images back as an autoencoder sees them, such as without noise: PNG, JPEG or .npy')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('<files...>')
    .option('--out <folder>', 'write the reconstructions there, as PNG')
    .action(action(reconstruct));
}
