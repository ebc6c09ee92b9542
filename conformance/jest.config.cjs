module.exports = {
  ...require('../tools/jest/preset.cjs'),
  displayName: 'conformance',
  rootDir: __dirname,
  globalSetup: '<rootDir>/test/setup.ts',
  globalTeardown: '<rootDir>/test/teardown.ts',
  testTimeout: 120_000,
  // Faults at random moments find something new now and then, which is no fault of whoever runs the tests: `npm run test:chaos` runs it.
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.QUARTET_TEST_CHAOS ? [] : ['/test/chaos\\.test\\.ts$'])],
  // The suites share one platform and one trained model.
  maxWorkers: 1,
};
