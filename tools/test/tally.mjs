// The count over all projects and checks, and how a run ends.

/** Adds up tests and checks. Everything that goes wrong has a name, so that the end of the output says what to look at. */
export class Tally {
  passed = 0;
  failures = [];
  skips = [];

  /** @param result `{ passed: number, failed: string[], skipped: string[] }` of one project. */
  add(project, { passed, failed, skipped }) {
    this.passed += passed;
    this.failures.push(...failed.map((name) => `${project}: ${name}`));
    this.skips.push(...skipped.map((name) => `${project}: ${name}`));
  }

  /** A check (lint, types, ...) or a whole project that failed. */
  fail(name) {
    this.failures.push(name);
  }

  get exitCode() {
    return this.failures.length === 0 ? 0 : 1;
  }

  /** The last lines of the run; the very last is always `N passed, N failed`. */
  summary() {
    return [
      ...(this.skips.length ? [`Skipped (${this.skips.length}):`, ...this.skips.map((name) => `  ${name}`), ''] : []),
      ...(this.failures.length ? [`Failed (${this.failures.length}):`, ...this.failures.map((name) => `  ${name}`), ''] : []),
      `${this.passed} passed, ${this.failures.length} failed`,
    ].join('\n');
  }
}
