module.exports = { ...require('../../tools/jest/preset.cjs'), displayName: 'registry', rootDir: __dirname };
