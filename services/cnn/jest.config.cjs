module.exports = { ...require('../../tools/jest/preset.cjs'), displayName: 'cnn', rootDir: __dirname };
