import { X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import { PemFiles, pemNames } from '@quartet/client';
import { QuartetError, type Settings } from '@quartet/contracts';
import type { Logger } from '../logging/logger';

/** How often the files are looked at. Three small reads. */
export const REFRESH_MS = 2000;

const contextOf = ({ contents: { cert, key, ca } }: PemFiles): SecureContextOptions => ({ cert, key, ca, minVersion: 'TLSv1.2' });

/** TLS with files that may be replaced while the server runs: new connections use what is there by then, those that exist go on. */
class FileServerCredentials extends ServerCredentials {
  readonly #timer: NodeJS.Timeout;

  constructor(files: PemFiles, clientAuth: boolean, log: Logger) {
    super({ requestCert: clientAuth, rejectUnauthorized: clientAuth, minVersion: 'TLSv1.2' }, contextOf(files));
    let complaint = '';
    this.#timer = setInterval(() => {
      const changed = files.refresh();
      if (changed instanceof Error) {
        if (changed.message !== complaint) log.warn({ reason: changed.message }, 'the files for TLS changed and cannot be used as they are; going on with the former ones');
        complaint = changed.message;
        return;
      }
      complaint = '';
      if (!changed) return;
      this.updateSecureContextOptions(contextOf(files));
      log.info({ validTo: new X509Certificate(files.contents.cert!).validTo }, 'the files for TLS were replaced');
    }, REFRESH_MS);
    this.#timer.unref();
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

export interface OwnCredentials {
  credentials: ServerCredentials;
  /** Stops looking at the files. */
  close: () => void;
}

/**
 * How a server is reached: over TLS if QUARTET_TLS_CERT is set, else in the clear.
 * @throws QuartetError INVALID_FIELD for files that can't be used, or settings that don't go together
 */
export function serverCredentials(settings: Settings, log: Logger): OwnCredentials {
  const { QUARTET_TLS_CERT: cert, QUARTET_TLS_CA: ca, QUARTET_TLS_CLIENT_AUTH: clientAuth } = settings;
  if (clientAuth === 'require' && (cert === '' || ca === '' || ca === 'system')) {
    throw QuartetError.invalid('QUARTET_TLS_CLIENT_AUTH', 'is "require", for which QUARTET_TLS_CERT, QUARTET_TLS_KEY and QUARTET_TLS_CA must name files. Set them, or unset this.');
  }
  if (cert === '' && settings.QUARTET_TLS_KEY === '') return { credentials: ServerCredentials.createInsecure(), close: () => undefined };
  const files = new PemFiles(pemNames(settings));
  if (ca === '') {
    throw QuartetError.invalid('QUARTET_TLS_CA', 'is not set while QUARTET_TLS_CERT is: this process would call the others in the clear. Set it to the file of the authority that signed their certificates, or to "system".');
  }
  const credentials = new FileServerCredentials(files, clientAuth === 'require', log);
  return { credentials, close: () => credentials.close() };
}
