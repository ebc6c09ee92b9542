// A family's host for the tests of the engine workers: arithmetic in JavaScript, and a method that ends the worker.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

exports.host = {
  async load(folder) {
    const factor = Number(readFileSync(join(folder, 'factor'), 'utf8'));
    if (Number.isNaN(factor)) throw new Error('the factor is no number');
    return {
      run(method, { x }) {
        if (method === 'crash') process.exit(3);
        if (method === 'crash once' && !existsSync(join(folder, 'crashed'))) {
          writeFileSync(join(folder, 'crashed'), '');
          process.exit(3);
        }
        if (method === 'refuse') throw new RangeError('x is odd');
        return { y: { ...x, data: x.data.map((value) => value * factor) } };
      },
      dispose() {},
    };
  },
};
