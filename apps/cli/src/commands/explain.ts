import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { cnn, type ModelRef } from '@quartet/contracts';
import { modelRef, number } from '../arguments';
import { action, type Context } from '../context';
import { oneImage } from '../images/read-images';
import { writeFile } from '../images/write-file';
import { percent, UsageError, writeDocument } from '../output';

const METHODS = { 'grad-cam': cnn.ExplainMethod.EXPLAIN_METHOD_GRAD_CAM, occlusion: cnn.ExplainMethod.EXPLAIN_METHOD_OCCLUSION };
/** A window at each of a few thousand places takes a while on a large network. */
const DEADLINE_MS = 600_000;

interface ExplainOptions {
  model: Input<ModelRef>;
  method: keyof typeof METHODS;
  class?: string;
  layer?: string;
  window?: number;
  stride?: number;
  output?: string;
}

async function explain({ client, out, json }: Context, file: string, o: ExplainOptions): Promise<void> {
  const occlusion = o.window !== undefined || o.stride !== undefined ? { window: o.window ?? 0, stride: o.stride ?? 0 } : undefined;
  if (occlusion && o.method !== 'occlusion') throw new UsageError('--window and --stride are for --method occlusion');
  const answer = await client.cnn.explain(
    {
      model: o.model,
      image: oneImage(file),
      method: METHODS[o.method],
      target: o.class === undefined ? undefined : { $case: 'className', value: o.class },
      layer: o.layer ?? '',
      occlusion,
      omitPicture: o.output === undefined,
    },
    { deadlineMs: DEADLINE_MS },
  );
  if (o.output) writeFile(o.output, answer.picture);
  if (json) {
    const { map: _map, picture: _picture, modelVersion, ...facts } = answer;
    return writeDocument(out, { model: o.model.name, version: Number(modelVersion), file, method: o.method, ...facts, ...(o.output && { written: o.output }) });
  }
  for (const line of said(answer)) out.line(line);
  if (o.output) out.line(`drawn to ${o.output}`);
  out.line(out.paint('dim', `answered by ${o.model.name} version ${answer.modelVersion}`));
}

/** What was seen, in words. */
function said({ explained, predicted, layer, halfArea, peakRow, peakColumn, occlusion }: cnn.ExplainResponse): string[] {
  const [own, likeliest] = [explained!, predicted!];
  const number = own.value;
  if (number !== undefined) return raised(own.name, number, { layer, halfArea, peakRow, peakColumn, occlusion });
  const seen = `seen as ${likeliest.name} (${percent(likeliest.probability)})`;
  const head = own.index === likeliest.index ? seen : `${seen}; ${own.name} has ${percent(own.probability)}`;
  const where = `${percent(halfArea, 1)} of the image, strongest at row ${peakRow}, column ${peakColumn}`;
  if (!occlusion) {
    if (halfArea === 0) return [head, `nothing at ${layer} speaks for ${own.name}`];
    return [head, `half of what speaks for ${own.name} at ${layer} is in ${where}`];
  }
  const { window, row, column, leastProbability, places } = occlusion;
  if (halfArea === 0) return [head, `hiding ${window} x ${window} pixels at any of ${places} places leaves ${own.name} as likely as it was, or more so`];
  return [head, `hiding ${window} x ${window} pixels from row ${row}, column ${column} leaves ${own.name} ${percent(leastProbability)}; half of what speaks for it is in ${where}`];
}

/** The same of a number. */
function raised(name: string, value: number, { layer, halfArea, peakRow, peakColumn, occlusion }: Pick<cnn.ExplainResponse, 'layer' | 'halfArea' | 'peakRow' | 'peakColumn' | 'occlusion'>): string[] {
  const short = (of: number): string => `${Number(of.toPrecision(4))}`;
  const head = `${name} is ${short(value)}`;
  if (halfArea === 0) return [head, occlusion ? `hiding a part lowers it nowhere` : `nothing at ${layer} raises it`];
  const where = `half of what raises it${occlusion ? '' : ` at ${layer}`} is in ${percent(halfArea, 1)} of the image, strongest at row ${peakRow}, column ${peakColumn}`;
  if (!occlusion) return [head, where];
  return [head, `hiding ${occlusion.window} x ${occlusion.window} pixels from row ${occlusion.row}, column ${occlusion.column} leaves ${short(occlusion.leastValue ?? 0)}; ${where}`];
}

export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('show where in an image the evidence for a class is: PNG, JPEG or .npy')
    .argument('<image>')
    .requiredOption('--model <model>', 'MODEL (its production version), MODEL@VERSION or MODEL@LABEL', modelRef)
    .addOption(new Option('--method <method>', 'grad-cam: what of a layer speaks for the class; occlusion: what the class loses when a part is hidden').choices(Object.keys(METHODS)).default('grad-cam'))
    .option('--class <name>', 'the class, label or number to explain (default: the likeliest; the first number)')
    .option('--layer <name>', 'of grad-cam, as `quartet inspect` lists them (default: the last with spatial extent)')
    .option('--window <pixels>', 'of occlusion: side of the square that hides (default: a fifth of the longer side)', number(1, 8192, true))
    .option('--stride <pixels>', 'of occlusion: from one place to the next (default: a quarter of the window)', number(1, 8192, true))
    .option('--output <file.png>', 'draw the image, and the map laid over it', pngFile)
    .action(action(explain));
}

/** Checks the name of a picture's file. */
export function pngFile(text: string): string {
  if (!/\.png$/i.test(text)) throw new InvalidArgumentError('It takes the name of a .png file.');
  return text;
}
