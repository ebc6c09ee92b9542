import type { Server } from '@grpc/grpc-js';
import { statusOf } from '../errors/to-status';

const INSTEAD: Record<string, readonly string[]> = {
  'Shared memory is not offered: a service may run on another machine. Send the tensors in the request.': [
    'SystemSharedMemoryStatus',
    'SystemSharedMemoryRegister',
    'SystemSharedMemoryUnregister',
    'CudaSharedMemoryStatus',
    'CudaSharedMemoryRegister',
    'CudaSharedMemoryUnregister',
  ],
  'Traces are set up where the service is started, by QUARTET_OTLP_ENDPOINT or QUARTET_TRACE_DIR, not by calls.': ['TraceSetting'],
  'Logging is set up where the service is started, by QUARTET_LOG_LEVEL, not by calls.': ['LogSettings'],
};

const asIs = (bytes: Buffer): Buffer => bytes;

/** Answers the methods of Triton's clients that there are none of here, saying what there is instead. */
export function refuseUnsupported(server: Server): void {
  for (const [message, methods] of Object.entries(INSTEAD)) {
    for (const method of methods) {
      const path = `/inference.GRPCInferenceService/${method}`;
      server.register<Buffer, Buffer>(path, (_call: unknown, respond: (error: Error) => void) => respond(statusOf({ reason: 'UNIMPLEMENTED', message: `${path}: ${message}` })), asIs, asIs, 'unary');
    }
  }
}
