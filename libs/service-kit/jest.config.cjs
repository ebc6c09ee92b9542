module.exports = { ...require('../../tools/jest/preset.cjs'), displayName: 'service-kit', rootDir: __dirname };
