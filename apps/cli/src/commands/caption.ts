import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import type { ModelRef, rnn } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { readImages } from '../images/read-images';
import { UsageError, writeDocument } from '../output';

/** Images a request: below the least batch limit that makes sense, so that any server takes it. */
const BATCH = 16;

async function caption({ client, out, json }: Context, model: Input<ModelRef>, files: string[], o: { beam?: number; alternatives?: number }): Promise<void> {
  const images = files.map((file) => {
    const [{ image }] = readImages(file) as [ReturnType<typeof readImages>[number]];
    if (image.content?.$case !== 'encoded') throw new UsageError(`${file}: a captioner takes PNG and JPEG files`);
    return image.content.value as Buffer;
  });
  const results: rnn.Captions[] = [];
  let version = 0n;
  for (let at = 0; at < images.length; at += BATCH) {
    const response = await client.rnn.caption({ model, images: images.slice(at, at + BATCH), beamWidth: o.beam, alternatives: o.alternatives });
    version = response.modelVersion;
    results.push(...response.results);
  }
  if (json) return writeDocument(out, { model: model.name, version: Number(version), results: results.map(({ captions }, index) => ({ file: files[index], captions })) });
  for (const [index, { captions }] of results.entries()) for (const [rank, { text }] of captions.entries()) out.line(`${rank === 0 ? `${files[index]}: ` : '    '}${text}`);
  out.line(out.paint('dim', `answered by ${model.name} version ${version}`));
}

export function addCaptionCommand(program: Command): void {
  program
    .command('caption')
    .description('say what is on images: PNG or JPEG')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .argument('<files...>')
    .option('--beam <n>', 'width of the beam; 1: greedy (default: 4)', number(1, 32, true))
    .option('--alternatives <n>', 'captions of each image (default: 1)', number(1, 32, true))
    .action(action(caption));
}
