// Preloaded into the processes that soak measures: on SIGUSR2 all that nothing needs any longer is collected, so that what is left can be told from it.
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
// Twice: finalizers of the first may free more.
process.on('SIGUSR2', () => {
  collect();
  setImmediate(collect);
});
