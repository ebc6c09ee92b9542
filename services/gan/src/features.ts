import { plainFeatures, soundFeatures, videoFeatures, type FeatureExtractor, type GanSpec } from '@quartet/core';
import { kindOf } from './kinds';

/** What examples are compared by where there is no classifier. @param sampleRate Of sounds. */
export function featuresOf(spec: GanSpec, sampleRate: number | undefined): FeatureExtractor {
  switch (kindOf(spec.exampleShape)) {
    case 'sound':
      return soundFeatures(spec.exampleShape[0] ?? 0, sampleRate ?? 0);
    case 'video':
      return videoFeatures(spec.exampleShape);
    default:
      return plainFeatures(spec);
  }
}
