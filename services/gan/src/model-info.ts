import { QuartetError, type Version } from '@quartet/contracts';
import type { GanSpec, Manifest } from '@quartet/core';

/** What a GAN's manifest keeps beside the model. */
export interface GanExtra {
  /** Name of the data set that it was trained on. */
  dataset: string;
  /** Whether a classifier for comparing examples is part of the artefact. */
  classifier: boolean;
  /** Of sounds: samples a second. */
  sampleRate?: number;
}

export type GanManifest = Manifest<GanSpec> & { extra: GanExtra & Record<string, unknown> };

const known = new WeakMap<Version, GanManifest>();

/** What a version's manifest says; parsed once. */
export function manifestOf(version: Version): GanManifest {
  const parsed = known.get(version) ?? (JSON.parse(version.manifestJson) as GanManifest);
  known.set(version, parsed);
  return parsed;
}

/**
 * Index of a class that a request names; undefined where none is named.
 * @throws QuartetError INVALID_FIELD for a model without classes, or a class that it hasn't.
 */
export function classOf(version: Version, className: string): number | undefined {
  if (className === '') return undefined;
  const { spec, classNames } = manifestOf(version);
  if (spec.mode !== 'conditional') throw QuartetError.invalid('class_name', `is '${className}', but ${version.model} version ${version.version} is not conditional; leave it empty`);
  const index = classNames.indexOf(className);
  if (index < 0) throw QuartetError.invalid('class_name', `is '${className}'; the model has ${classNames.map((name) => `'${name}'`).join(', ')}`);
  return index;
}
