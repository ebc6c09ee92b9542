module.exports = {
  ...require('../tools/jest/preset.cjs'),
  displayName: 'conformance',
  rootDir: __dirname,
  globalSetup: '<rootDir>/test/setup.ts',
  globalTeardown: '<rootDir>/test/teardown.ts',
  testTimeout: 120_000,
  // The suites share one platform and one trained model.
  maxWorkers: 1,
};
