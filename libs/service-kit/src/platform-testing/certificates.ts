import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { md, pki } from 'node-forge';

const DAY = 86_400_000;

export interface Pair {
  cert: string;
  key: string;
}

interface Issuer {
  certificate: pki.Certificate;
  key: pki.PrivateKey;
}

/** A certificate authority for tests, with keys that are made anew each time. */
export class Authority {
  readonly #issuer: Issuer;

  constructor(readonly name: string) {
    const { certificate, privateKey } = draft(name);
    certificate.setIssuer(certificate.subject.attributes);
    certificate.setExtensions([{ name: 'basicConstraints', cA: true, critical: true }, { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true }]);
    certificate.sign(privateKey, md.sha256.create());
    this.#issuer = { certificate, key: privateKey };
  }

  get pem(): string {
    return pki.certificateToPem(this.#issuer.certificate);
  }

  /** A certificate for servers and clients. @param names DNS names or IP addresses that it holds for */
  issue(commonName: string, names: readonly string[] = ['localhost', '127.0.0.1'], validMs = DAY): Pair {
    const { certificate, key } = draft(commonName, validMs);
    certificate.setIssuer(this.#issuer.certificate.subject.attributes);
    const altNames = names.map((name) => (/^[\d.]+$/.test(name) ? { type: 7, ip: name } : { type: 2, value: name }));
    certificate.setExtensions([
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames },
    ]);
    certificate.sign(this.#issuer.key as pki.rsa.PrivateKey, md.sha256.create());
    return { cert: pki.certificateToPem(certificate), key };
  }
}

function draft(commonName: string, validMs = DAY) {
  const { publicKey, privateKey: key } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = `01${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - DAY);
  certificate.validity.notAfter = new Date(Date.now() + validMs);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  return { certificate, key, privateKey: pki.privateKeyFromPem(key) };
}

export type TlsFiles = Record<'QUARTET_TLS_CERT' | 'QUARTET_TLS_KEY' | 'QUARTET_TLS_CA', string>;

/** Replaces a file whole, as what issues certificates does. */
export function replace(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Writes a pair and the authority's certificate into a folder. @returns the settings that name the files */
export function writeTls(folder: string, { cert, key }: Pair, ca: string, name = 'tls'): TlsFiles {
  const files = { QUARTET_TLS_CERT: join(folder, `${name}.crt`), QUARTET_TLS_KEY: join(folder, `${name}.key`), QUARTET_TLS_CA: join(folder, `${name}-ca.crt`) };
  replace(files.QUARTET_TLS_CERT, cert);
  replace(files.QUARTET_TLS_KEY, key);
  replace(files.QUARTET_TLS_CA, ca);
  return files;
}
