/** The RNN family: recurrent networks that forecast series and classify sequences. `dist/main.js` is its service. */
export { rnnFamily } from './family';
