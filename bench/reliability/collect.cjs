// Preloaded into the processes that soak measures: on SIGUSR2 all that nothing needs any longer is collected and given back, so that what is left can be told from it.
const { Session } = require('node:inspector');

// What DevTools do when they are asked to: gc() would keep the space that it empties.
process.on('SIGUSR2', () => {
  const session = new Session();
  session.connect();
  // Not within the answer: V8 holds the lock then that disconnect() takes, and the process would wait for itself for good.
  session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()));
});
