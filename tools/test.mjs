// Runs everything that must hold before a change goes in; `npm test` calls it after the set-up, on Node 24. The last line is
// `N passed, N failed`: the tests of all projects, and one more failure for each check that fails.
//   --deploy   also what `npm run test:deploy` runs
import { buildAll, compileProjects } from './setup/build.mjs';
import { inRoot } from './setup/paths.mjs';
import { createReport, SetupError } from './setup/report.mjs';
import { testDeploy } from './test/deploy-tests.mjs';
import { checkGenerated } from './test/generated.mjs';
import { lintAll, testProjects } from './test/jest-projects.mjs';
import { Tally } from './test/tally.mjs';
import { testTools } from './test/tool-tests.mjs';

// Projects start `node` and the workspace's commands by name; Nx's daemon would outlive the run.
process.env.PATH = `${inRoot('node_modules', '.bin')}:${process.env.PATH}`;
process.env.NX_DAEMON = 'false';
// Nx tells the commands it runs to colour their output, even into a file.
if (!process.stdout.isTTY) Object.assign(process.env, { NO_COLOR: '1', FORCE_COLOR: '0' });

const report = createReport({ stream: process.stdout });
const tally = new Tally();

await step('build', () => buildAll(report));
await step('generated code', () => report.during('generated code against proto/', checkGenerated));
await step('types of the tests', () => compileProjects(report, 'types of the tests', 'tsconfig.spec.json'));
await step('lint', () => report.during('lint', lintAll));
await step('tests of tools/', () => testTools(tally));
await step('tests', () => testProjects(tally));
if (process.argv.includes('--deploy')) await step('deployment', () => testDeploy(tally));

process.stdout.write(`\n${tally.summary()}\n`);
process.exitCode = tally.exitCode;

/** A check that fails is told at once and counted; the others run all the same. */
async function step(name, work) {
  try {
    await work();
  } catch (error) {
    tally.fail(`check: ${name}`);
    process.stdout.write(`\n${name} FAILED: ${error instanceof SetupError ? error.message : error.stack}\n`);
    if (error.remedy) process.stdout.write(`To mend it: ${error.remedy}\n`);
  }
}
