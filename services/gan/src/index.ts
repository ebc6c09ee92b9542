/** The GAN family: images and tables generated. `dist/main.js` is its service. */
export { ganFamily } from './family';
export { resolveSpec, toCoreSpec } from './spec';
