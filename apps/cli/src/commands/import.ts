import { Option, type Command } from 'commander';
import { importKeras } from '@quartet/client';
import { cnn } from '@quartet/contracts';
import { action, type Context } from '../context';
import { bytes, count, startProgress, writeDocument } from '../output';

const PIXELS = { auto: cnn.PixelRange.PIXEL_RANGE_UNSPECIFIED, unit: cnn.PixelRange.PIXEL_RANGE_UNIT, byte: cnn.PixelRange.PIXEL_RANGE_BYTE, signed: cnn.PixelRange.PIXEL_RANGE_SIGNED };
const TAKEN = { [cnn.PixelRange.PIXEL_RANGE_UNIT]: '0..1', [cnn.PixelRange.PIXEL_RANGE_BYTE]: '0..255', [cnn.PixelRange.PIXEL_RANGE_SIGNED]: '-1..1' } as Record<number, string>;

interface KerasOptions {
  model: string;
  classes?: string[];
  pixels: keyof typeof PIXELS;
}

async function keras({ client, out, json }: Context, file: string, options: KerasOptions): Promise<void> {
  const progress = json ? undefined : startProgress(out, `import ${options.model}`);
  const onProgress = (sent: number, total: number) => progress?.update(sent, total, sent === total ? `${bytes(sent)}; the service reads and checks it` : `${bytes(sent)} of ${bytes(total)}`);
  let response: cnn.ImportKerasResponse;
  try {
    response = await importKeras(client, file, { model: options.model, classNames: options.classes, pixels: PIXELS[options.pixels] }, { onProgress });
  } finally {
    progress?.stop();
  }
  if (json) return writeDocument(out, cnn.ImportKerasResponse.toJSON(response));
  const { model, version, parameterCount } = response.version!;
  out.line(`${out.paint('green', '✓')} ${model} version ${version}: ${count(parameterCount)} parameters; the Keras model was taken to see pixels of ${TAKEN[response.pixels]}`);
  for (const note of response.notes) out.line(note);
  out.line(`\`quartet promote ${model} ${version}\` makes it the one that answers.`);
}

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('make a version of a model that was trained elsewhere')
    .command('keras')
    .description('of a classifier of images that Keras saved: a .keras or .h5 file')
    .argument('<file>')
    .requiredOption('--model <name>', 'model that gets a new version; made if it is new')
    .option('--classes <names...>', 'names of the classes, in the order of the outputs (default: 0, 1, ...)')
    .addOption(new Option('--pixels <range>', 'what the Keras model takes for a pixel: unit 0..1, byte 0..255, signed -1..1; auto: byte if it begins with Rescaling, else unit').choices(Object.keys(PIXELS)).default('auto'))
    .action(action(keras));
}
