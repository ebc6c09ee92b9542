module.exports = { ...require('../../tools/jest/preset.cjs'), displayName: 'client', rootDir: __dirname };
