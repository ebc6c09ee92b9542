export { buildAutoencoder, type Autoencoder, type Encoded } from './build';
export { autoencoderFunctions } from './functions';
export { describeLatent, nearestAccuracy, nearestPoints, type LatentReport, type Nearest } from './latent';
export { autoencoderObjective } from './objective';
export { fitPca, reconstructByPca, type Pca } from './pca';
export { AutoencoderRunner } from './runner';
export { type AutoencoderArchitecture, type AutoencoderSpec, type Corruption, type Variational } from './spec';
export { watchAutoencoder, type WatchReport, type Watched } from './watch';
export { decodeLatents, encodeLatents, fitLatentTable, QUALITIES, type LatentTable } from './latent-code';
