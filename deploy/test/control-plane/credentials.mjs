// Keys, certificates and tokens of a control plane that lives for one test run.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runQuietly } from '../../../tools/setup/command.mjs';

const NAMES = ['IP:127.0.0.1', 'IP:10.96.0.1', 'DNS:localhost', 'DNS:kubernetes', 'DNS:kubernetes.default', 'DNS:kubernetes.default.svc'];
/** User and group of each component. */
const USERS = {
  admin: ['admin', 'system:masters'],
  kwok: ['kwok', 'system:masters'],
  scheduler: ['system:kube-scheduler', ''],
  controllers: ['system:kube-controller-manager', ''],
};

const openSsl = (folder) => (...args) => runQuietly('openssl', args, { cwd: folder, remedy: 'apt-get install -y openssl' });

/** A certificate by the authority in `folder`, for a server that may be a client too: `<name>.crt` and `<name>.key`. */
export async function issue(folder, name, subject, names) {
  const openssl = openSsl(folder);
  await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${subject}`);
  writeFileSync(join(folder, `${name}.san`), `subjectAltName=${names.join(',')}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  await openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.san`, '-out', `${name}.crt`);
}

/** Writes everything into `folder`. @returns the kubeconfig files, by user. */
export async function makeCredentials(folder, server) {
  mkdirSync(folder, { recursive: true });
  const openssl = openSsl(folder);
  const authority = (name, subject) => openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', `${name}.key`, '-out', `${name}.crt`, '-subj', `/CN=${subject}`);
  await authority('ca', 'quartet-test-ca');
  await authority('front', 'front-proxy-client');
  await issue(folder, 'api', 'kube-apiserver', NAMES);
  await openssl('genrsa', '-out', 'sa.key', '2048');
  const tokens = Object.entries(USERS).map(([name, [user, group]]) => ({ name, user, group, token: randomBytes(16).toString('hex') }));
  writeFileSync(join(folder, 'tokens.csv'), tokens.map(({ user, group, token }) => `${token},${user},${user}${group ? `,"${group}"` : ''}\n`).join(''), { mode: 0o600 });
  return Object.fromEntries(tokens.map(({ name, token }) => [name, kubeconfig(join(folder, `${name}.kubeconfig`), server, join(folder, 'ca.crt'), token)]));
}

/** Writes the file by which a client with this token calls the API server. @returns its path. */
export function kubeconfig(file, server, ca, token) {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': ca } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
