import { CallError } from '@quartet/client';

/** The error that a call must end with. */
export async function failure(call: Promise<unknown>): Promise<CallError> {
  const error = await call.then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof CallError)) throw new Error(`expected a CallError, got ${String(error)}`);
  return error;
}
