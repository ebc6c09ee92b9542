import { connect, type ClientHttp2Session } from 'node:http2';
import { duplexPair } from 'node:stream';
import { ServerCredentials, type Server } from '@grpc/grpc-js';

type Injector = ReturnType<Server['createConnectionInjector']>;

/** Connections to a gRPC server of this very process, without a socket. */
export class OwnCalls {
  readonly #injector: Injector;
  #session: ClientHttp2Session | undefined;

  constructor(server: Server) {
    // What is sent doesn't leave the process; the browser's side has TLS where the settings say so.
    this.#injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  /** The connection for one more call. The server asks for a new one now and then, as of every client. */
  get session(): ClientHttp2Session {
    const { closed, destroyed } = this.#session ?? { closed: true, destroyed: true };
    if (this.#session && !closed && !destroyed) return this.#session;
    const [near, far] = duplexPair();
    this.#injector.injectConnection(far);
    const session = connect('http://console', { createConnection: () => near, settings: { initialWindowSize: 1024 * 1024 } });
    const forget = () => {
      if (this.#session === session) this.#session = undefined;
    };
    session.once('goaway', forget).once('close', forget).on('error', forget);
    return (this.#session = session);
  }

  close(): void {
    this.#session?.destroy();
    this.#injector.destroy();
  }
}
