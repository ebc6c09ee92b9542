module.exports = { ...require('../../tools/jest/preset.cjs'), displayName: 'store', rootDir: __dirname };
