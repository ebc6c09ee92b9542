// Run inside the image: every package that a project of ours names can be loaded from that project's folder. Prints those that can't.
//   node --experimental-import-meta-resolve --input-type=module --eval "$(cat dependencies.mjs)" /opt/quartet
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = process.argv.at(-1);
/** Needs what libs/core does first; every training and every answer loads it. */
const ENGINE = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs'];
/** A package of fonts: no module in it. */
const DATA = { 'dejavu-fonts-ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf' };

const projects = ['libs', 'services'].flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)));
let loaded = 0;
for (const project of projects) {
  const manifest = join(project, 'package.json');
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const name of Object.keys(dependencies).filter((name) => !ENGINE.includes(name))) {
    try {
      const url = import.meta.resolve(DATA[name] ?? name, pathToFileURL(manifest));
      if (!(name in DATA)) await import(url);
      else if (!existsSync(new URL(url))) throw new Error('is not there');
      loaded += 1;
    } catch (error) {
      console.log(`${project}: ${name}: ${error.message.split('\n')[0]}`);
    }
  }
}
console.log(`loaded ${loaded}`);
process.exit(0);
