import { Command } from 'commander';
import { cnn } from '@quartet/contracts';
import { presetSpec, trainingFields, withCnnOptions, type CnnOwnOptions } from './cnn-options';

function parse(...given: string[]): CnnOwnOptions {
  const command = withCnnOptions(new Command('cnn')).exitOverride().configureOutput({ writeErr: () => undefined });
  return command.parse(given, { from: 'user' }).opts<CnnOwnOptions>();
}

test('nothing asked for asks for nothing', () => {
  const options = parse();
  expect(presetSpec(options)).toBeUndefined();
  const { regularization, calibration } = cnn.TrainRequest.fromPartial(trainingFields(options));
  expect(regularization).toEqual(cnn.Regularization.create());
  expect(calibration).toEqual(cnn.Calibration.create());
});

test('every option has its field', () => {
  const options = parse('--preset', 'residual', '--depth', '14', '--width', '24', '--class-weight', 'cat=2', '--class-weight', 'a=b=0.5', '--label-smoothing', '0.1', '--mixup', '0.2', '--average', '0.999', '--no-calibrate', '--unsure-below', '0.6');
  expect(presetSpec(options)).toEqual({ preset: cnn.Preset.PRESET_RESIDUAL, depth: 14, width: 24 });
  expect(cnn.TrainRequest.fromPartial(trainingFields(options))).toMatchObject({
    regularization: { classWeights: { cat: 2, 'a=b': 0.5 }, labelSmoothing: 0.1, mixupAlpha: 0.2, weightAverageDecay: 0.999 },
    calibration: { temperatureScaling: false, unsureBelow: 0.6 },
  });
  expect(trainingFields(parse('--balance')).regularization!.classWeighting).toBe(cnn.ClassWeighting.CLASS_WEIGHTING_BALANCED);
});

test('refuses a weight without a class, and layers beside a preset', () => {
  expect(() => parse('--class-weight', '2')).toThrow('It takes CLASS=WEIGHT, the weight from 0 to 1000.');
  expect(() => presetSpec(parse('--spec', 'x.json', '--preset', 'plain'))).toThrow('Give one of them');
});
