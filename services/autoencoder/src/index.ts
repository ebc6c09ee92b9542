/** The autoencoder family: images compressed, denoised, sampled, searched. `dist/main.js` is its service. */
export { autoencoderFamily } from './family';
export { resolveSpec, toCoreSpec } from './spec';
