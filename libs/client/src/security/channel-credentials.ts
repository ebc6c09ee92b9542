import { isIP } from 'node:net';
import { connect as tlsConnect, createSecureContext, type SecureContext } from 'node:tls';
import { ChannelCredentials, type experimental, type ChannelOptions } from '@grpc/grpc-js';
import type { Settings } from '@quartet/contracts';
import { PemFiles, pemNames, type PemNames } from './pem-files';

type Target = Parameters<ChannelCredentials['_createSecureConnector']>[0];
type CallCredentialsOf = NonNullable<Parameters<ChannelCredentials['_createSecureConnector']>[2]>;

/** `registry` of `registry:50060`, `10.0.0.1` of `10.0.0.1:1`, `::1` of `[::1]:1`. */
function hostOf({ path }: Target): string {
  const bracketed = /^\[(.*)\](:\d+)?$/.exec(path);
  return bracketed ? bracketed[1]! : path.replace(/:\d+$/, '');
}

/**
 * TLS to a server, with files that may be replaced at any time: each new connection uses what they hold by then. grpc-js's own
 * credentials read theirs once, and those with a file watcher hand a host that is an IP address to TLS as a server name, about which
 * Node complains. Both lean on the same two methods of grpc-js, whose version is pinned.
 */
class FileChannelCredentials extends ChannelCredentials {
  readonly #files: PemFiles;
  #context: SecureContext | undefined;

  constructor(names: PemNames) {
    super();
    this.#files = new PemFiles(names);
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(target: Target, options: ChannelOptions, callCredentials?: CallCredentialsOf): experimental.SecureConnector {
    // Pods of one model show the certificate of their family.
    const named = options['grpc.ssl_target_name_override'];
    const host = named ?? hostOf(target);
    return {
      connect: (socket) =>
        new Promise((resolve, reject) => {
          // The address as given is what the certificate must name, also where it is an IP address; unless another name is given.
          const secured = tlsConnect({ socket, host, secureContext: this.#secureContext(), ALPNProtocols: ['h2'], ...(isIP(host) ? {} : { servername: host }) }, () => {
            secured.off('error', reject).off('close', closed);
            resolve({ socket: secured, secure: true });
          });
          const closed = () => reject(new Error('the server closed the connection before TLS was set up'));
          secured.once('error', reject).once('close', closed);
        }),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials ?? EMPTY,
      destroy: () => undefined,
    };
  }

  #secureContext(): SecureContext {
    const changed = this.#files.refresh() === true;
    if (!this.#context || changed) {
      const { cert, key, ca } = this.#files.contents;
      this.#context = createSecureContext({ cert, key, ca, minVersion: 'TLSv1.2' });
    }
    return this.#context;
  }
}

/** What grpc-js itself uses where a call has no credentials of its own. */
const EMPTY = ChannelCredentials.createInsecure()._createSecureConnector({ path: '' }, {}).getCallCredentials();

/**
 * How this process calls others: over TLS if QUARTET_TLS_CA is set, showing QUARTET_TLS_CERT if there is one, else in the clear.
 * @throws QuartetError INVALID_FIELD for a file that can't be used
 */
export function channelCredentials(settings: Settings): ChannelCredentials {
  return settings.QUARTET_TLS_CA === '' ? ChannelCredentials.createInsecure() : new FileChannelCredentials(pemNames(settings));
}
