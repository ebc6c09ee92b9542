import { cnn, Part, type Dataset } from '@quartet/contracts';
import { balancedWeights, classificationObjective, multiLabelObjective, numbersObjective, type ClassificationOptions, type Network, type Objective, type TrainerOptions } from '@quartet/core';
import type { Violations } from '@quartet/service-kit';
import { headOf } from './spec';

/**
 * Checks a request's regularization against its data.
 * @param violations receives an entry for each bad field: `regularization.class_weights["cat"]`
 */
export function resolveRegularization(given: cnn.Regularization | undefined, { name, schema }: Dataset, violations: Violations): cnn.Regularization {
  const resolved = given ?? cnn.Regularization.create();
  const { classWeighting, classWeights, labelSmoothing, mixupAlpha, weightAverageDecay } = resolved;
  const at = (field: string) => `regularization.${field}`;
  const balanced = classWeighting === cnn.ClassWeighting.CLASS_WEIGHTING_BALANCED;
  if (!balanced && classWeighting !== cnn.ClassWeighting.CLASS_WEIGHTING_UNSPECIFIED) {
    violations.add(at('class_weighting'), `received ${classWeighting}, expected a value of quartet.cnn.v1.ClassWeighting`);
  }
  const names = schema?.classNames ?? [];
  const head = schema ? headOf(schema) : 'classes';
  if (head !== 'classes' && (balanced || Object.keys(classWeights).length > 0)) {
    violations.add(at(balanced ? 'class_weighting' : 'class_weights'), `is for data with one class an image; data set '${name}' holds ${head}. Leave it out`);
    return resolved;
  }
  if (head === 'numbers' && labelSmoothing > 0) violations.add(at('label_smoothing'), `is ${labelSmoothing}, but data set '${name}' holds numbers; leave it out`);
  const weights = Object.entries(classWeights);
  if (balanced && weights.length > 0) violations.add(at('class_weights'), 'are given beside class_weighting BALANCED; set one of them');
  for (const [of, weight] of weights) {
    const field = at(`class_weights["${of}"]`);
    if (!names.includes(of)) violations.add(field, `is no class of data set '${name}'; its classes are ${shown(names)}`);
    violations.number(field, weight, 0, 1000);
  }
  if (weights.length > 0 && names.every((of) => classWeights[of] === 0)) violations.add(at('class_weights'), 'are all 0; nothing would be learnt. Give at least one class a weight above 0');
  violations.number(at('label_smoothing'), labelSmoothing, 0, 0.9);
  violations.number(at('mixup_alpha'), mixupAlpha, 0, 10);
  if (!(weightAverageDecay >= 0 && weightAverageDecay < 1)) violations.add(at('weight_average_decay'), `is ${weightAverageDecay}; it takes a number from 0 to below 1; 0.999 is usual`);
  return resolved;
}

const SHOWN = 20;
const shown = (names: readonly string[]): string => names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '');

/** What a network learns, by its head. */
export function objectiveOf(network: Network, regularization: cnn.Regularization, dataset: Dataset): Objective {
  const { labelSmoothing, mixupAlpha: mixup } = regularization;
  switch (network.spec.head) {
    case 'labels':
      return multiLabelObjective(network, { labelSmoothing, mixup });
    case 'numbers':
      return numbersObjective(network, { mixup });
    default:
      return classificationObjective(network, classificationOptions(regularization, dataset));
  }
}

/** What the objective of classes is to do, of a resolved regularization. */
function classificationOptions({ classWeighting, classWeights, labelSmoothing, mixupAlpha }: cnn.Regularization, dataset: Dataset): ClassificationOptions {
  const balanced = classWeighting === cnn.ClassWeighting.CLASS_WEIGHTING_BALANCED;
  const names = dataset.schema?.classNames ?? [];
  const given = Object.keys(classWeights).length > 0 ? names.map((name) => classWeights[name] ?? 1) : undefined;
  return { classWeights: balanced ? balancedWeights(trainingCounts(dataset)) : given, labelSmoothing, mixup: mixupAlpha };
}

/** What the trainer is to do. */
export const averagingOf = ({ weightAverageDecay }: cnn.Regularization): Pick<TrainerOptions, 'ema'> => (weightAverageDecay > 0 ? { ema: { decay: weightAverageDecay, warmUp: true } } : {});

/** Examples of the training part by class. */
function trainingCounts({ parts }: Dataset): number[] {
  return parts.find(({ part }) => part === Part.PART_TRAIN)?.classCounts.map(Number) ?? [];
}
