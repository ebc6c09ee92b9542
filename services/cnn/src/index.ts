/** The CNN family: convolutional networks that classify and embed images. `dist/main.js` is its service. */
export { cnnFamily } from './family';
export { defaultSpec } from './default-spec';
export { imageDataOf, resolveSpec, toNetworkSpec, type ImageData } from './spec';
