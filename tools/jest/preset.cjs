// What every project's jest shares. Native typed arrays keep their identity: see environment.cjs.
// pg-boss, the sound decoders and their like are ES modules only; swc turns them into CommonJS for jest.
const esmOnly = ['pg-boss', 'serialize-error', 'non-error', 'rrule-temporal', '@js-temporal', 'kysely', 'cron-parser', 'p-.*', 'commander', '@audio', '@wasm-audio-decoders', '@eshaz', 'codec-parser', 'simple-yenc', 'jose'];

// As services have it (core's engineEnvironment). TensorFlow reads it when it is loaded, from the real environment, which tests, whose `process.env` is
// a copy, can't set. Its own default hangs on the processor, and without it some gradients aren't there.
process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';

module.exports = {
  testEnvironment: require.resolve('./environment.cjs'),
  testMatch: ['<rootDir>/src/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  transform: {
    '^.+\\.[cm]?[tj]s$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
    ],
  },
  // Of the workspace's own packages what is built; jose, which is transformed, is in a dist/ too.
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`, '^(?!.*/node_modules/).*/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/out-tsc/'],
  reporters: ['default', require.resolve('./reporter.cjs')],
  testTimeout: 30_000,
};
