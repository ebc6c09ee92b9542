import { Violations } from './violations';

/** @throws QuartetError INVALID_FIELD unless model and data set are named. */
export function checkRequiredNames({ model, dataset }: { model: string; dataset: string }): void {
  const violations = new Violations();
  if (model === '') violations.add('model', 'is empty; name the model that gets a new version');
  if (dataset === '') violations.add('dataset', 'is empty; name the data set to train on');
  violations.throwIfAny();
}
