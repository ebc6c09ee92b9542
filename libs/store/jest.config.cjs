const preset = require('../../tools/jest/preset.cjs');

module.exports = {
  ...preset,
  displayName: 'store',
  rootDir: __dirname,
  // PGlite loads Node's own modules by import(), which jest's CommonJS has only where swc has turned it into require.
  transformIgnorePatterns: preset.transformIgnorePatterns.map((pattern) => pattern.replace('(?!(', '(?!(@electric-sql|')),
  globalSetup: require.resolve('./testing/global-setup.cjs'),
  globalTeardown: require.resolve('./testing/global-teardown.cjs'),
  testTimeout: 30_000,
};
