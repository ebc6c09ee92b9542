import { QuartetError, type Version } from '@quartet/contracts';
import type { Manifest } from '@quartet/core';
import type { CaptionerPlan } from './caption/plan';
import type { ClassifierPlan } from './classify/plan';
import type { ForecastPlan } from './forecast/plan';
import type { LanguagePlan } from './generate/plan';
import type { TaggerPlan } from './tag/plan';
import type { TranscriberPlan } from './transcribe/plan';
import type { TranslatorPlan } from './translate/plan';

/** What the family's models are made of, by their task. */
export type Plan = ForecastPlan | ClassifierPlan | TaggerPlan | LanguagePlan | TranslatorPlan | TranscriberPlan | CaptionerPlan;

/** What models do, for errors. */
const TASKS: Record<Plan['task'], string> = {
  forecast: 'forecasts series; call Forecast',
  classify: 'classifies sequences, texts or recordings; call Classify',
  tag: 'tags sentences; call Tag',
  generate: 'generates text; call Generate',
  translate: 'translates texts; call Translate',
  caption: 'captions images; call Caption',
  transcribe: 'transcribes recordings; call Transcribe',
};

const known = new WeakMap<Version, Manifest<Plan>>();

/** What a version's manifest says, whatever its task; parsed once. */
export function anyManifest(version: Version): Manifest<Plan> {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as Manifest<Plan>);
  known.set(version, parsed);
  return parsed;
}

/** @throws QuartetError WRONG_STATE for a model of another task. */
export function manifestFor<T extends Plan['task']>(version: Version, task: T): Manifest<Extract<Plan, { task: T }>> {
  const manifest = anyManifest(version);
  if (manifest.spec.task === task) return manifest as Manifest<Extract<Plan, { task: T }>>;
  const is = TASKS[manifest.spec.task];
  throw new QuartetError('WRONG_STATE', `model '${version.model}' version ${version.version} ${is}`, { metadata: { model: version.model, task: manifest.spec.task } });
}
