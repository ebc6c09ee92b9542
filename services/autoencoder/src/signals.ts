import { autoencoder, inference } from '@quartet/contracts';
import { answersOf, floatRows, signalsOf, type Signal } from '@quartet/service-kit';

const { reconstruct, detectAnomalies } = autoencoder.AutoencoderServiceService;

const reconstruction = (values: number[]): Signal => ({ name: 'reconstruction error', values, worse: 'higher' });

/**
 * How well the model knows what it is shown. A score is about 1.5 of a usual example in every version; by the threshold it would also say how far a version's
 * usual scores lie apart, which is the share of anomalies' part.
 */
export const signals = signalsOf(
  answersOf(reconstruct, (_version, { errors }) => [reconstruction(errors)]),
  answersOf(inference.GRPCInferenceServiceService.modelInfer, (_version, response) => [reconstruction(floatRows(response, 'errors').map(([error = NaN]) => error))]),
  answersOf(detectAnomalies, (_version, { results }) => [
    // One that finds none is no better than one that finds them everywhere.
    { name: 'share of anomalies', values: results.map(({ anomalous }) => Number(anomalous)), worse: 'either' },
    { name: 'anomaly score', values: results.map(({ score }) => score), worse: 'higher' },
  ]),
);
