import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { QuartetError, type Settings } from '@quartet/contracts';

/** Names of files in PEM, by what they hold; empty: there is none. */
export interface PemNames {
  /** Certificate chain, the own one first. */
  cert: string;
  key: string;
  /** Authorities; `system`: those that Node trusts. */
  ca: string;
}

export interface PemContents {
  cert: Buffer | undefined;
  key: Buffer | undefined;
  ca: Buffer | undefined;
}

/** The settings that name the files, for messages. */
const SETTING = { cert: 'QUARTET_TLS_CERT', key: 'QUARTET_TLS_KEY', ca: 'QUARTET_TLS_CA' } as const;

export const pemNames = (settings: Settings): PemNames => ({ cert: settings.QUARTET_TLS_CERT, key: settings.QUARTET_TLS_KEY, ca: settings.QUARTET_TLS_CA });

function read(names: PemNames, kind: keyof PemNames): Buffer | undefined {
  const name = names[kind];
  if (name === '') return undefined;
  if (kind === 'ca' && name === 'system') return Buffer.from(rootCertificates.join('\n'));
  try {
    return readFileSync(name);
  } catch (cause) {
    throw new QuartetError('INVALID_FIELD', `${SETTING[kind]}: the file ${name} can't be read (${(cause as NodeJS.ErrnoException).code}); expected a PEM file that this process may read.`, { cause });
  }
}

function check(names: PemNames, { cert, key, ca }: PemContents): void {
  const parsed = <T>(kind: keyof PemNames, what: string, parse: () => T): T => {
    try {
      return parse();
    } catch (cause) {
      throw new QuartetError('INVALID_FIELD', `${SETTING[kind]}: ${names[kind]} holds no ${what} in PEM; check that it is the right file.`, { cause });
    }
  };
  if (ca) parsed('ca', 'certificate', () => new X509Certificate(ca));
  if (!cert || !key) return;
  const certificate = parsed('cert', 'certificate', () => new X509Certificate(cert));
  const privateKey = parsed('key', 'private key without a passphrase', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new QuartetError('INVALID_FIELD', `QUARTET_TLS_KEY: ${names.key} is not the key of the certificate in ${names.cert}; expected the two of one pair.`);
  }
}

/**
 * The files' contents, read and checked now.
 * @throws QuartetError INVALID_FIELD naming the setting and the file: unreadable, not PEM, or a key that isn't the certificate's
 */
export function readPem(names: PemNames): PemContents {
  if ((names.cert === '') !== (names.key === '')) {
    const [has, lacks] = names.cert === '' ? ['KEY', 'CERT'] : ['CERT', 'KEY'];
    throw new QuartetError('INVALID_FIELD', `QUARTET_TLS_${has} is set and QUARTET_TLS_${lacks} isn't; a certificate and its key go together. Set both, or neither.`);
  }
  const contents = { cert: read(names, 'cert'), key: read(names, 'key'), ca: read(names, 'ca') };
  check(names, contents);
  return contents;
}

const same = (a: Buffer | undefined, b: Buffer | undefined) => a === b || (a !== undefined && b !== undefined && a.equals(b));

/** Files that are replaced while the process runs. What is read in the middle of a change doesn't fit together; then the last good state stays. */
export class PemFiles {
  #contents: PemContents;

  /** @throws QuartetError see {@link readPem} */
  constructor(readonly names: PemNames) {
    this.#contents = readPem(names);
  }

  get contents(): PemContents {
    return this.#contents;
  }

  /** Reads the files again. @returns whether something is new; an error if what is there can't be used */
  refresh(): boolean | Error {
    try {
      const next = readPem(this.names);
      const before = this.#contents;
      if (same(next.cert, before.cert) && same(next.key, before.key) && same(next.ca, before.ca)) return false;
      this.#contents = next;
      return true;
    } catch (error) {
      return error as Error;
    }
  }
}
