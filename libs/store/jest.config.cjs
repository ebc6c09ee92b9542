const preset = require('../../tools/jest/preset.cjs');

// kysely and pg-boss are ES modules only. PGlite loads Node's own modules by import(), which jest's CommonJS knows only where swc
// has turned it into require.
const transformed = ['@electric-sql', 'kysely', 'pg-boss', 'serialize-error', 'non-error', 'cron-parser', 'rrule-temporal', '@js-temporal', 'temporal-.*'];

module.exports = {
  ...preset,
  displayName: 'store',
  rootDir: __dirname,
  transformIgnorePatterns: [`/node_modules/(?!(${transformed.join('|')})/)`, '/(libs|services|apps)/[^/]+/dist/'],
  globalSetup: require.resolve('./testing/global-setup.cjs'),
  globalTeardown: require.resolve('./testing/global-teardown.cjs'),
  testTimeout: 30_000,
};
