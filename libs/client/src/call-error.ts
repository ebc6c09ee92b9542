import { status, type Metadata, type ServiceError } from '@grpc/grpc-js';
import { errorDetails, QuartetError, REASON_OF_STATUS, rpc, STATUS_OF_REASON, type QuartetErrorOptions, type Reason } from '@quartet/contracts';

/** Where a failed call went, for the message. */
export interface CallSite {
  address: string;
  /** `quartet.cnn.v1.CnnService/Classify` */
  method: string;
  deadlineMs: number;
}

/** A QuartetError that came back from a call: what the server said, restored, with the status it travelled under. */
export class CallError extends QuartetError {
  /** The gRPC status code (`status` of @grpc/grpc-js). */
  readonly code: status;
  readonly method: string;
  readonly address: string;
  /** True if no answer came from a server at all: the connection could not be made or was lost. */
  readonly connectionFailed: boolean;

  constructor(code: status, reason: Reason, message: string, site: CallSite, options: QuartetErrorOptions & { connectionFailed?: boolean } = {}) {
    super(reason, message, options);
    this.code = code;
    this.method = site.method;
    this.address = site.address;
    this.connectionFailed = options.connectionFailed ?? false;
  }
}

/** The google.rpc.Status in `grpc-status-details-bin`, opened up; undefined if it isn't there or isn't one. */
export function readDetails(metadata: Metadata | undefined): { info?: errorDetails.ErrorInfo; options: QuartetErrorOptions } | undefined {
  const bytes = metadata?.get('grpc-status-details-bin')[0];
  if (!Buffer.isBuffer(bytes)) return undefined;
  const found: { info?: errorDetails.ErrorInfo; options: QuartetErrorOptions } = { options: {} };
  try {
    for (const { typeUrl, value } of rpc.Status.decode(bytes).details) {
      const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
      if (type === 'google.rpc.ErrorInfo') found.info = errorDetails.ErrorInfo.decode(value);
      if (type === 'google.rpc.BadRequest') {
        found.options.violations = errorDetails.BadRequest.decode(value).fieldViolations.map(({ field, description }) => ({ field, description }));
      }
      if (type === 'google.rpc.RetryInfo') {
        const delay = errorDetails.RetryInfo.decode(value).retryDelay;
        if (delay) found.options.retryAfterMs = Number(delay.seconds) * 1000 + delay.nanos / 1e6;
      }
    }
  } catch {
    return undefined; // Not a google.rpc.Status: the plain status is all there is.
  }
  return found;
}

/** The innermost cause in grpc-js's chain of "No connection established. Last error: ... Resolution note: ...". */
function causeOf(details: string): string {
  const cause = details.split('Last error: ').at(-1) ?? details;
  return cause.replace(/\. Resolution note:.*$/s, '').replace(/^Error: /, '');
}

function unreachable(cause: string, { address }: CallSite): string {
  const reached = `cannot reach Quartet at ${address} (${cause})`;
  if (/certificate|is not in the cert|altnames/i.test(cause)) return `${reached}; check that QUARTET_TLS_CA is its authority, and that its certificate holds for this address`;
  if (/ECONNRESET|Failed to connect|Connection dropped|Protocol error|wrong version number|ERR_SSL/i.test(cause)) {
    return /wrong version/i.test(cause)
      ? `${reached}; it does not speak TLS: unset QUARTET_TLS_CA, or set TLS up there`
      : `${reached}; it may want TLS: set QUARTET_TLS_CA, or a certificate of this caller: set QUARTET_TLS_CERT and QUARTET_TLS_KEY`;
  }
  return `${reached}; is the platform up? run \`quartet up\``;
}

/** The message for a failure that grpc-js itself reports, which names an internal state rather than a remedy. */
function explain(error: ServiceError, site: CallSite): string {
  switch (error.code) {
    case status.UNAVAILABLE:
      return unreachable(causeOf(error.details), site);
    case status.DEADLINE_EXCEEDED:
      return `${site.method} at ${site.address} gave no answer within ${site.deadlineMs} ms; it may still be carried out. Allow more time with deadlineMs`;
    case status.CANCELLED:
      return `${site.method} was cancelled`;
    case status.RESOURCE_EXHAUSTED:
      return `${site.method}: ${error.details}; send less in one message or raise QUARTET_MAX_MESSAGE_BYTES on both sides`;
    case status.UNIMPLEMENTED:
      return `${site.address} does not serve ${site.method}; is it a Quartet gateway of this version? (${error.details})`;
    default:
      return `${site.method}: ${error.details || status[error.code]}`;
  }
}

const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && typeof (error as Partial<ServiceError>).code === 'number' && typeof (error as Partial<ServiceError>).details === 'string';

/** What grpc-js says, as INTERNAL or UNKNOWN, when a server closed the connection under a call. */
const BROKEN = /RST_STREAM|ended without|ECONNRESET|EPIPE/;

const wasCut = ({ code, details }: ServiceError): boolean => (code === status.INTERNAL || code === status.UNKNOWN) && BROKEN.test(details);

/** Turns what grpc-js reports into a CallError; any other error is passed through. */
export function restoreError(error: unknown, site: CallSite): Error {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error));
  const found = readDetails(error.metadata);
  const known = found?.info?.reason as Reason | undefined;
  if (found?.info && known && known in STATUS_OF_REASON) {
    return new CallError(error.code, known, error.details, site, { ...found.options, metadata: found.info.metadata, cause: error });
  }
  if (!found && wasCut(error)) {
    const lost = `the connection to ${site.address} was lost during ${site.method}; it may have been carried out`;
    return new CallError(status.UNAVAILABLE, 'UNAVAILABLE', lost, site, { cause: error, connectionFailed: true });
  }
  const reason = REASON_OF_STATUS[error.code] ?? 'INTERNAL';
  const connectionFailed = error.code === status.UNAVAILABLE && !found;
  return new CallError(error.code, reason, explain(error, site), site, { ...found?.options, cause: error, connectionFailed });
}
