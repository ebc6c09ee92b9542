import { credentials, Metadata, status, type CallOptions, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import type { QuartetClient } from '@quartet/client';
import { inference, errorDetails, rpc } from '@quartet/contracts';

export type InferRequest = NonNullable<Parameters<QuartetClient['inference']['modelInfer']>[0]>;

/** How a call failed, as any gRPC client sees it. */
export interface Failure {
  code: string;
  reason: string;
  fields: string[];
  message: string;
}

/** A client of the Open Inference Protocol that shows codes and trailers. */
export class InferenceClient {
  readonly grpc: InstanceType<typeof inference.GRPCInferenceServiceClient>;

  constructor(address: string) {
    this.grpc = new inference.GRPCInferenceServiceClient(address, credentials.createInsecure(), { 'grpc.max_send_message_length': -1, 'grpc.max_receive_message_length': -1 });
  }

  close(): void {
    this.grpc.close();
  }

  /** @returns the answer and the trailers */
  infer(request: InferRequest, options: CallOptions = {}): Promise<{ response: inference.ModelInferResponse; trailers: Metadata }> {
    return new Promise((resolve, reject) => {
      let answer: inference.ModelInferResponse | undefined;
      const call = this.grpc.modelInfer(inference.ModelInferRequest.fromPartial(request as never), new Metadata(), options, (error, response) => (error ? reject(error) : (answer = response)));
      call.on('status', ({ code, metadata }: StatusObject) => code === status.OK && resolve({ response: answer!, trailers: metadata }));
    });
  }
}

/** Waits for a call to fail. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => Promise.reject(new Error('was accepted')),
    (caught: ServiceError) => caught,
  );
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!details) throw error;
  let reason = '';
  const fields: string[] = [];
  for (const { typeUrl, value } of rpc.Status.decode(details as Buffer).details) {
    if (typeUrl.endsWith('ErrorInfo')) reason = errorDetails.ErrorInfo.decode(value).reason;
    if (typeUrl.endsWith('BadRequest')) fields.push(...errorDetails.BadRequest.decode(value).fieldViolations.map(({ field }) => field));
  }
  return { code: status[error.code] ?? '', reason, fields, message: error.details };
}
