// The suites start real processes, which have the machine to themselves: one after the other.
module.exports = { ...require('../../tools/jest/preset.cjs'), displayName: 'autoencoder', rootDir: __dirname, maxWorkers: 1, testTimeout: 300_000 };
