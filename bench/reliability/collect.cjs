// Preloaded into the processes that soak measures, and their threads: on SIGUSR2 all that nothing needs any longer is collected and given back, so that what
// is left can be told from it.
const { Session } = require('node:inspector');
const { BroadcastChannel, isMainThread } = require('node:worker_threads');

/** V8 frees the memory of buffers in the background. */
const FREED_MS = 1000;

/** What DevTools do when they are asked to, of this thread's heap: gc() would keep the space that it empties. */
function collect() {
  const session = new Session();
  session.connect();
  // Not within the answer: V8 holds the lock then that disconnect() takes, and the process would wait for itself for good.
  session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()));
}

// Signals reach the main thread alone.
const threads = new BroadcastChannel('quartet.collect');
threads.unref();
if (isMainThread) {
  // As the services do it by themselves now and then (docs/decisions/0151-memory-given-back.md).
  const { findTrim } = require('@quartet/service-kit/dist/lifecycle/memory');
  process.on('SIGUSR2', () => {
    collect();
    threads.postMessage('collect');
    setTimeout(async () => (await findTrim())(0), FREED_MS);
  });
} else {
  threads.onmessage = collect;
}
