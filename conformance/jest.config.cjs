module.exports = { ...require('../tools/jest/preset.cjs'), displayName: 'conformance', rootDir: __dirname };
