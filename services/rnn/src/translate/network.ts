import { decoderFunctions, encoderDecoder, Parameters, type EncoderDecoder, type ModelFunction, type NamedVariable } from '@quartet/core';
import { functionsOf, type TranslatorPlan } from './plan';

export interface TranslatorNetwork {
  readonly model: EncoderDecoder;
  readonly weights: readonly NamedVariable[];
  /** For writeModel: two functions for each length of a source. */
  functions(): Record<string, ModelFunction>;
  dispose(): void;
}

export function buildTranslator({ model: options, buckets }: TranslatorPlan, seed: bigint): TranslatorNetwork {
  const parameters = new Parameters(seed);
  const model = encoderDecoder(parameters, options);
  const lengths = [...new Set(buckets.map(({ source }) => source))];
  return {
    model,
    weights: parameters.all,
    functions: () =>
      Object.fromEntries(
        lengths.flatMap((length) => {
          const { encode, step } = decoderFunctions(model, length);
          const names = functionsOf(length);
          return [[names.encode, encode], [names.step, step]] as const;
        }),
      ),
    dispose: () => parameters.dispose(),
  };
}
