import type { ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js';
import type { QuartetError } from '@quartet/contracts';
import { statusOf } from '../errors/to-status';

/** Why a call of a method is refused just now; undefined: it isn't. @param path `/quartet.cnn.v1.CnnService/Classify` */
export type Gate = (path: string) => QuartetError | undefined;

/**
 * The interceptor that refuses calls when their headers have come, before their message is received, decoded and checked. Streams are let in: when their
 * first message comes the reason may be gone. It goes after `observe`, which then counts what is refused, and gives it to the access log.
 */
export function gate(refuses: Gate): ServerInterceptor {
  return ({ path, requestStream }, call) => {
    const start = call.start.bind(call);
    if (!requestStream) {
      call.start = (listener) =>
        start({
          ...listener,
          onReceiveMetadata: (metadata) => {
            const error = refuses(path);
            if (error) call.sendStatus(statusOf(error));
            else listener.onReceiveMetadata(metadata);
          },
        });
    }
    // The type asks for the class; grpc-js itself passes the bare interface from one interceptor to the next.
    return call as ServerInterceptingCall;
  };
}
