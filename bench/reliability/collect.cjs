// Preloaded into the processes that soak measures: on SIGUSR2 all that nothing needs any longer is collected and given back, so that what is left can be told from it.
const { Session } = require('node:inspector');

// What DevTools do when they are asked to: gc() would keep the space that it empties.
process.on('SIGUSR2', () => {
  const session = new Session();
  session.connect();
  session.post('HeapProfiler.collectGarbage', () => session.disconnect());
});
