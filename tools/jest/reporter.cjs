// Writes what tools/test.mjs adds up: one JSON file a project in the folder QUARTET_TEST_RESULTS, and nothing without it.
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

module.exports = class TallyReporter {
  onRunComplete(contexts, results) {
    const folder = process.env.QUARTET_TEST_RESULTS;
    if (!folder) return;
    const project = [...contexts][0]?.config.displayName?.name;
    if (!project) throw new Error('jest.config.cjs has no displayName; set it to the Nx project name, by which tools/test.mjs counts.');
    const tests = results.testResults.flatMap((file) => file.testResults);
    const named = (status) => tests.filter((test) => test.status === status).map((test) => test.fullName);
    // A file that could not be run at all, for a syntax error or a crash, has no tests to count: it counts as one failure.
    const crashed = results.testResults.filter((file) => file.testExecError).map((file) => file.testFilePath);
    const tally = { project, passed: results.numPassedTests, failed: [...named('failed'), ...crashed], skipped: [...named('pending'), ...named('todo')] };
    writeFileSync(join(folder, `${project}.json`), JSON.stringify(tally));
  }
};
