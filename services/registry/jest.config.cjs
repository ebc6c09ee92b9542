module.exports = {
  ...require('../../tools/jest/preset.cjs'),
  displayName: 'registry',
  rootDir: __dirname,
  globalSetup: require.resolve('../../libs/store/testing/global-setup.cjs'),
  globalTeardown: require.resolve('../../libs/store/testing/global-teardown.cjs'),
  testTimeout: 180_000,
};
