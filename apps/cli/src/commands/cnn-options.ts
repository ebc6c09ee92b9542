import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Input } from '@quartet/client';
import { cnn } from '@quartet/contracts';
import { number } from '../arguments';
import { UsageError } from '../output';

const PRESETS = { plain: cnn.Preset.PRESET_PLAIN, residual: cnn.Preset.PRESET_RESIDUAL, separable: cnn.Preset.PRESET_SEPARABLE };

/** What `train cnn` takes beside the options of all trainings on images. */
export interface CnnOwnOptions {
  spec?: string;
  preset?: keyof typeof PRESETS;
  depth?: number;
  width?: number;
  balance?: boolean;
  classWeight?: Record<string, number>;
  labelSmoothing?: number;
  mixup?: number;
  average?: number;
  calibrate?: boolean;
  unsureBelow?: number;
}

/** `cat=2`, gathered over repetitions. */
function classWeight(text: string, earlier: Record<string, number> = {}): Record<string, number> {
  const at = text.lastIndexOf('=');
  const weight = Number(text.slice(at + 1));
  if (at < 1 || text.slice(at + 1).trim() === '' || !(weight >= 0 && weight <= 1000)) throw new InvalidArgumentError('It takes CLASS=WEIGHT, the weight from 0 to 1000.');
  return { ...earlier, [text.slice(0, at)]: weight };
}

export const withCnnOptions = (command: Command): Command =>
  command
    .option('--spec <file>', 'layers, as JSON of quartet.cnn.v1.CnnSpec, of videos VideoSpec (default: chosen from the data)')
    .addOption(new Option('--preset <kind>', 'a network of a known kind, in place of --spec').choices(Object.keys(PRESETS)))
    .option('--depth <layers>', 'of --preset residual (8 to 20, even) or separable (4 to 28)', number(4, 28, true))
    .option('--width <filters>', 'of the first layers of --preset', number(4, 256, true))
    .option('--balance', 'each class counts as much as any other, however few its images')
    .option('--class-weight <class=x>', 'what images of a class count; may be repeated', classWeight)
    .option('--label-smoothing <share>', 'of the target that goes to all classes alike', number(0, 0.9))
    .option('--mixup <alpha>', 'mix each image with another one', number(0, 10))
    .option('--average <decay>', 'serve a moving average of the weights that keeps so much a step, such as 0.999', number(0, 0.999999))
    .option('--no-calibrate', 'leave probabilities as they come out (default: fit a temperature to the validation part)')
    .option('--unsure-below <probability>', 'mark answers below it as unsure', number(0, 1));

/** The network of a request: a preset's, or undefined where neither was asked for. @throws UsageError for one beside a spec of layers. */
export function presetSpec(options: CnnOwnOptions): Input<cnn.CnnSpec> | undefined {
  const { preset, depth, width } = options;
  if (preset === undefined && depth === undefined && width === undefined) return undefined;
  if (options.spec) throw new UsageError('--spec and --preset, --depth or --width are given; the layers of --spec are all that there is. Give one of them');
  return { preset: preset && PRESETS[preset], depth, width };
}

/** The rest of the request. */
export function trainingFields(o: CnnOwnOptions): Pick<Input<cnn.TrainRequest>, 'regularization' | 'calibration'> {
  return {
    regularization: {
      classWeighting: o.balance ? cnn.ClassWeighting.CLASS_WEIGHTING_BALANCED : undefined,
      classWeights: o.classWeight,
      labelSmoothing: o.labelSmoothing,
      mixupAlpha: o.mixup,
      weightAverageDecay: o.average,
    },
    calibration: { temperatureScaling: o.calibrate === false ? false : undefined, unsureBelow: o.unsureBelow },
  };
}
