import { generateKeyPairSync } from 'node:crypto';
import { md, pki } from 'node-forge';

const DAY = 86_400_000;

const keys = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } });

/** PEM: an authority of its own, made anew each time, and a server's certificate for this machine by it. */
export function certificateForLoopback(): { ca: string; cert: string; key: string } {
  const issuer = [{ name: 'commonName', value: 'Authority of a test' }];
  const sign = (subject: pki.CertificateField[], serial: string, extensions: unknown[], own: string, by: string): string => {
    const certificate = pki.createCertificate();
    certificate.publicKey = pki.publicKeyFromPem(own);
    certificate.serialNumber = serial;
    certificate.validity.notBefore = new Date(Date.now() - DAY);
    certificate.validity.notAfter = new Date(Date.now() + DAY);
    certificate.setSubject(subject);
    certificate.setIssuer(issuer);
    certificate.setExtensions(extensions as never[]);
    certificate.sign(pki.privateKeyFromPem(by), md.sha256.create());
    return pki.certificateToPem(certificate);
  };
  const [authority, server] = [keys(), keys()];
  const ca = sign(issuer, '01', [{ name: 'basicConstraints', cA: true, critical: true }, { name: 'keyUsage', keyCertSign: true, critical: true }], authority.publicKey, authority.privateKey);
  const names = [{ type: 2, value: 'localhost' }, { type: 7, ip: '127.0.0.1' }];
  const cert = sign([{ name: 'commonName', value: 'gateway' }], '02', [{ name: 'basicConstraints', cA: false }, { name: 'extKeyUsage', serverAuth: true, clientAuth: true }, { name: 'subjectAltName', altNames: names }], server.publicKey, authority.privateKey);
  return { ca, cert, key: server.privateKey };
}
