import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema, ErrorInfoSchema } from '../generated/google/rpc/error_details_pb';

/** Why a call failed, as a person reads it. */
export interface Failure {
  message: string;
  /** `NOT_FOUND` */
  code: string;
  /** `MODEL_NOT_FOUND` */
  reason: string | undefined;
  fields: { field: string; description: string }[];
}

export const isCancelled = (error: unknown): boolean => ConnectError.from(error).code === Code.Canceled;

/** Whether the gateway itself couldn't be reached: what `fetch` throws then is a TypeError. */
export const isLostConnection = (error: unknown): boolean => error instanceof TypeError || (error instanceof ConnectError && error.cause instanceof TypeError);

export function failureOf(error: unknown): Failure {
  if (isLostConnection(error)) return { message: 'The gateway does not answer.', code: 'UNAVAILABLE', reason: undefined, fields: [] };
  // What couldn't even be sent: a form's value that isn't of its field's type.
  if (error instanceof Error && !(error instanceof ConnectError)) return { message: error.message, code: 'Not sent', reason: undefined, fields: [] };
  const known = ConnectError.from(error);
  const [info] = known.findDetails(ErrorInfoSchema);
  const fields = known.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations.map(({ field, description }) => ({ field, description })));
  const code = Code[known.code].replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase();
  return { message: known.rawMessage || String(error), code, reason: info?.reason, fields };
}
