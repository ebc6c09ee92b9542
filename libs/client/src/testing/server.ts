import { Metadata, Server, ServerCredentials, type ServiceDefinition, type StatusObject, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { Any, errorDetails, rpc } from '@quartet/contracts';
import { connect, type ConnectOptions, type QuartetClient } from '../connect';

export interface TestServer {
  address: string;
  client: QuartetClient;
  stop: () => void;
}

/** A grpc-js server on a free port that serves what the test gives it, and a client of it. */
export async function serve(services: [ServiceDefinition, UntypedServiceImplementation][], options: ConnectOptions = {}, port = 0): Promise<TestServer> {
  const server = new Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  for (const [definition, implementation] of services) server.addService(definition, implementation);
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, taken) => (error ? reject(error) : resolve(taken))),
  );
  const address = `127.0.0.1:${bound}`;
  const client = connect({ address, ...options });
  return {
    address,
    client,
    stop: () => {
      client.close();
      server.forceShutdown();
    },
  };
}

/** An error as service-kit puts it on the wire: google.rpc.Status in grpc-status-details-bin. */
export function richStatus(code: number, message: string, info: Partial<errorDetails.ErrorInfo>, violations: { field: string; description: string }[] = [], retryMs?: number): Partial<StatusObject> {
  const pack = (type: string, bytes: Uint8Array) => Any.create({ typeUrl: `type.googleapis.com/google.rpc.${type}`, value: Buffer.from(bytes) });
  const details = [pack('ErrorInfo', errorDetails.ErrorInfo.encode(errorDetails.ErrorInfo.fromPartial({ domain: 'quartet', ...info })).finish())];
  if (violations.length > 0) details.push(pack('BadRequest', errorDetails.BadRequest.encode(errorDetails.BadRequest.fromPartial({ fieldViolations: violations })).finish()));
  if (retryMs !== undefined) {
    const retryDelay = { seconds: BigInt(Math.floor(retryMs / 1000)), nanos: (retryMs % 1000) * 1e6 };
    details.push(pack('RetryInfo', errorDetails.RetryInfo.encode(errorDetails.RetryInfo.fromPartial({ retryDelay })).finish()));
  }
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(rpc.Status.encode(rpc.Status.fromPartial({ code, message, details })).finish()));
  return { code, details: message, metadata };
}
