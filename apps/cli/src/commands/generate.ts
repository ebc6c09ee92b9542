import type { Command } from 'commander';
import type { Input } from '@quartet/client';
import { Family, type ModelRef } from '@quartet/contracts';
import { modelRef, number, seed } from '../arguments';
import { action, type Context } from '../context';
import { UsageError } from '../output';
import { generateImages, type ImageOptions } from './generate-images';
import { generateText, type TextOptions } from './generate-text';

type GenerateOptions = TextOptions & Partial<ImageOptions>;

const OF_TEXTS = ['prompt', 'maxTokens', 'temperature', 'topK', 'topP', 'stop'] as const;
const OF_IMAGES = ['count', 'class', 'truncation', 'out'] as const;

/** By what the model is: a language model goes on with a text, a GAN makes images or rows. */
async function generate(context: Context, model: Input<ModelRef>, options: GenerateOptions): Promise<void> {
  const { family } = await context.client.models.getVersion({ model });
  const gan = family === Family.FAMILY_GAN;
  const stray = (gan ? OF_TEXTS : OF_IMAGES).find((name) => options[name] !== undefined);
  if (stray) {
    const option = `--${stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new UsageError(`${option} is for ${gan ? 'language models' : 'GANs'}, and ${model.name} is ${gan ? 'a GAN' : 'none'}; leave it out`);
  }
  return gan ? generateImages(context, model, { ...options, count: options.count ?? 16 }) : generateText(context, model, options);
}

export function addGenerateCommand(program: Command): void {
  program
    .command('generate')
    .description('go on with a text by a language model, shown as it comes; or make images, videos, sounds, or rows of a table, by a GAN')
    .argument('<model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .option('--seed <n>', 'the same seed and version give the same (default: of a text drawn, and shown; of images 0)', seed)
    .option('--prompt <text>', 'text: what it begins with (default: the start of a text)')
    .option('--max-tokens <n>', 'text: (default: 256)', number(1, 4096, true))
    .option('--temperature <x>', 'text: 0 takes the likeliest token, above 1 is bold (default: 1)', number(0, 10))
    .option('--top-k <n>', 'text: only so many of the likeliest tokens', number(1, 200_000, true))
    .option('--top-p <share>', 'text: only the likeliest tokens that together have this probability', number(0, 1))
    .option('--stop <texts...>', 'text: end before the first of these')
    .option('--count <n>', 'images: so many (default: 16)', number(1, 100_000, true))
    .option('--class <name>', 'images: of a conditional model (default: one class after the other)')
    .option('--truncation <x>', 'images: leave out what is farther out in the latent space: better and more alike, such as 1', number(0.01, 10))
    .option('--out <file>', 'images: write them as a grid, .png; videos as .gif, sounds as .wav, rows of a table as .csv')
    .action(action(generate));
}
