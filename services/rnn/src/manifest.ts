import { QuartetError, type Version } from '@quartet/contracts';
import type { Manifest } from '@quartet/core';
import type { CaptionerPlan } from './caption/plan';
import type { ClassifierPlan } from './classify/plan';
import type { ForecastPlan } from './forecast/plan';
import type { TranslatorPlan } from './translate/plan';

/** What the family's models are made of, by their task. */
export type Plan = ForecastPlan | ClassifierPlan | TranslatorPlan | CaptionerPlan;

const known = new WeakMap<Version, Manifest<Plan>>();

/** What a version's manifest says; parsed once. */
function manifestOf(version: Version): Manifest<Plan> {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as Manifest<Plan>);
  known.set(version, parsed);
  return parsed;
}

/** @throws QuartetError WRONG_STATE for a model of another task. */
export function manifestFor<T extends Plan['task']>(version: Version, task: T): Manifest<Extract<Plan, { task: T }>> {
  const manifest = manifestOf(version);
  if (manifest.spec.task === task) return manifest as Manifest<Extract<Plan, { task: T }>>;
  const is = { forecast: 'forecasts series; call Forecast', classify: 'classifies sequences; call Classify', translate: 'translates texts; call Translate', caption: 'captions images; call Caption' }[manifest.spec.task];
  throw new QuartetError('WRONG_STATE', `model '${version.model}' version ${version.version} ${is}`, { metadata: { model: version.model, task: manifest.spec.task } });
}
