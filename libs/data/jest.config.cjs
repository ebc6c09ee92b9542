module.exports = { ...require('../../tools/jest/preset.cjs'), displayName: 'data', rootDir: __dirname };
