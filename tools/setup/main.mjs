// Sets up a fresh clone: `npm run setup`. Runs on the machine's own Node (20 or newer) with nothing installed. Each step does
// nothing when its result is there, so that every command of package.json can run all of them first.
//   --build  also compiles the TypeScript
//   --test   also fetches what only the tests need
//   --video  also fetches an ffmpeg, for video files
//   --quiet  prints only failures
import { existsSync } from 'node:fs';
import { buildAll } from './build.mjs';
import { checkNode24, installDependencies, staleness } from './dependencies.mjs';
import { checkEngineTools, setUpEngine } from './engine.mjs';
import { inRoot, root } from './paths.mjs';
import { checkPlatform } from './platform.mjs';
import { createReport, SetupError } from './report.mjs';
import { tensorflowFor } from './tensorflow.mjs';
import { setUpTests } from './test-environment.mjs';
import { setUpFfmpeg } from './video.mjs';

const FLAGS = ['--build', '--test', '--video', '--quiet'];

async function main(flags) {
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown) throw new SetupError(`Unknown option ${unknown}.`, `Options: ${FLAGS.join(', ')}`);
  const report = createReport({ quiet: flags.includes('--quiet') });
  const start = Date.now();

  checkPlatform();
  const tensorflow = tensorflowFor();
  const isFresh = staleness(root) !== undefined;
  // A missing tool is told at once, not after minutes of downloads.
  if (isFresh) checkEngineTools(tensorflow, { sourcesPresent: existsSync(inRoot('node_modules', '@tensorflow')) && existsSync(inRoot('node_modules', 'node-api-headers')) });
  if (isFresh) await installDependencies(report);
  const node = await checkNode24();
  await setUpEngine(report, tensorflow);
  if (flags.includes('--test')) await setUpTests(report);
  if (flags.includes('--video')) await setUpFfmpeg(report);
  if (flags.includes('--build')) await buildAll(report);
  report.say(`Quartet is set up: Node ${node.slice(1)}, TensorFlow ${tensorflow.version} (${tensorflow.accelerator}), ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`\nSet-up failed: ${error.text}`);
  // `npm test` ends with this line whatever happens.
  if (process.argv.includes('--test')) process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
}
