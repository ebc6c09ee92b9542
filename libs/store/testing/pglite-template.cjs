// initdb takes PGlite some seconds; tests copy the files of one new cluster instead.
const { existsSync, mkdirSync, readFileSync, renameSync, rmSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** @returns the folder of an empty cluster, made once a version of PGlite. */
async function pgliteTemplate() {
  const { version } = JSON.parse(readFileSync(join(dirname(require.resolve('@electric-sql/pglite')), '../package.json'), 'utf8'));
  const cache = join(__dirname, '../../../node_modules/.cache/quartet');
  const template = join(cache, `pglite-${version}`);
  if (existsSync(template)) return template;
  mkdirSync(cache, { recursive: true });
  const fresh = `${template}-${process.pid}`;
  const { PGlite } = require('@electric-sql/pglite');
  await (await PGlite.create({ dataDir: fresh })).close();
  try {
    renameSync(fresh, template);
  } catch (error) {
    if (!existsSync(template)) throw error; // Another run was first.
    rmSync(fresh, { recursive: true });
  }
  return template;
}

module.exports = { pgliteTemplate };
