import { CommanderError } from 'commander';
import { QuartetError, type Reason } from '@quartet/contracts';
import { CallError } from '@quartet/client';
import { duration } from './format';
import type { Output } from './terminal';

/** What was asked of the command line can't be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A failure with advice for the person at the terminal. */
export class AdviceError extends Error {
  override readonly name = 'AdviceError';
  constructor(
    message: string,
    readonly hint: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

const HINTS: Partial<Record<Reason, string>> = {
  MODEL_NOT_FOUND: '`quartet models list` shows the models there are',
  VERSION_NOT_FOUND: '`quartet models show MODEL` shows its versions',
  LABEL_NOT_FOUND: '`quartet promote MODEL VERSION --label LABEL` makes the label',
  DATASET_NOT_FOUND: '`quartet data list` shows the data sets there are',
  JOB_NOT_FOUND: '`quartet jobs` shows the jobs there are',
  UNAUTHENTICATED: 'give the token with --token, or in QUARTET_TOKEN',
  INTERNAL: 'the services\' logs are under QUARTET_HOME/logs',
};

function hintOf(error: QuartetError): string | undefined {
  if (error.retryAfterMs !== undefined) return `try again in ${duration(error.retryAfterMs)}`;
  return HINTS[error.reason];
}

/**
 * Writes what went wrong: one line `error: ...`, each bad field that the line doesn't already name, and a hint.
 * @returns the exit code: 2 for a wrong command line, 1 for any other failure.
 */
export function reportError(out: Output, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has written its own line.
  const write = (message: string) => out.line(`${out.paint(['red', 'bold'], 'error:')} ${message}`);
  const hint = (text: string | undefined) => text && out.line(`${out.paint('cyan', 'hint:')} ${text}`);
  if (error instanceof UsageError) {
    write(error.message);
    return 2;
  }
  if (error instanceof AdviceError) {
    write(error.message);
    hint(error.hint);
    return error.exitCode;
  }
  if (!QuartetError.is(error)) {
    write(error instanceof Error ? error.message : String(error));
    if (process.env['QUARTET_DEBUG'] && error instanceof Error) out.line(error.stack ?? '');
    return 1;
  }
  write(error.message);
  for (const { field, description } of error.violations) {
    if (!error.message.includes(description)) out.line(`  ${field}: ${description}`);
  }
  const incident = error.metadata['incident'];
  if (incident) out.line(`  incident ${incident}`);
  if (!(error instanceof CallError && error.connectionFailed)) hint(hintOf(error));
  return 1;
}
