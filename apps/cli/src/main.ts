#!/usr/bin/env node
import { openOutput, reportError } from './output';
import { buildProgram } from './program';

// A reader that stops early (`quartet jobs | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

buildProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.exitCode = reportError(openOutput(process.stderr), error);
  });
