module.exports = { ...require('../../tools/jest/native.cjs'), displayName: 'core', rootDir: __dirname };
