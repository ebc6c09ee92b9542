// For projects whose tests load TensorFlow in jest's own processes: each test file gets a process of its own. The native
// addon loads once a process, while jest evaluates the JavaScript around it anew for each file; the two would part ways.
// A test's own `process.env` is a copy that native code doesn't see; the workers inherit this one.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
process.env.TF_DETERMINISTIC_OPS ??= '1';

module.exports = {
  ...require('./preset.cjs'),
  // 0: a worker ends after each file. Setting it also keeps jest from running a lone file in its main process.
  workerIdleMemoryLimit: 0,
  testTimeout: 120_000,
};
