import { create, toBinary, type DescMessage, type DescMethodBiDiStreaming, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { encodeEnvelope } from '@connectrpc/connect/protocol';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { transportOptions } from './clients';

async function* only<T>(message: T): AsyncGenerator<T> {
  yield message;
}

/**
 * Calls a method that takes a stream, with messages that are all there already: they go one after the other in the body of one request, which the
 * gateway passes on as the stream that it is. A stream whose messages come with time is what a browser can't send.
 */
export async function* sendAll<I extends DescMessage, O extends DescMessage>(method: DescMethodBiDiStreaming<I, O>, messages: readonly MessageInitShape<I>[], signal?: AbortSignal): AsyncGenerator<MessageShape<O>> {
  const [first, ...others] = messages.map((message) => create(method.input, message));
  if (!first) throw new Error('Received no message to send; expected one or more.');
  const frames = others.map((message) => encodeEnvelope(0, toBinary(method.input, message)));
  const transport = createGrpcWebTransport({ ...transportOptions, fetch: (address, init) => fetch(address, { ...init, body: new Blob([init?.body as Uint8Array<ArrayBuffer>, ...frames]) }) });
  // To the transport it is a call of one message, which it frames.
  const { message: answers } = await transport.stream<I, O>({ ...method, methodKind: 'server_streaming' }, signal, undefined, undefined, only(first as MessageInitShape<I>));
  yield* answers;
}
