import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type CallError, type QuartetClient } from '@quartet/client';
import { readSettings } from '@quartet/contracts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JSONWebKeySet } from 'jose';
import { permits } from './access';
import { replace } from '../platform-testing/certificates';
import { startCnn, type CnnServer } from '../testing/cnn-server';
import { listServices } from '../testing/reflect';
import { until } from '../testing/until';

const ISSUER = { QUARTET_AUTH_ISSUER: 'https://issuer.example', QUARTET_AUTH_AUDIENCE: 'quartet' };
const sha256 = (token: string) => createHash('sha256').update(token).digest('hex');
const tokenFile = (...tokens: object[]) => JSON.stringify({ tokens });

let folder: string;
let server: CnnServer | undefined;
const clients: QuartetClient[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quartet-access-'));
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server?.drain();
  server = undefined;
  await rm(folder, { recursive: true });
});

const clientWith = (token: string) => {
  const client = connect({ address: server!.address, settings: readSettings({}), token });
  clients.push(client);
  return client;
};
const embed = (token: string, model = 'digits') => clientWith(token).cnn.embed({ model: { name: model } });
const failure = (call: Promise<unknown>) => call.then(() => 'it was let in', (error: CallError) => ({ reason: error.reason, message: error.message }));

async function withTokens(...tokens: object[]): Promise<void> {
  await writeFile(join(folder, 'tokens.json'), tokenFile(...tokens));
  server = await startCnn({ QUARTET_AUTH_TOKENS: join(folder, 'tokens.json') });
}

describe('static tokens', () => {
  const ada = { name: 'ada', sha256: sha256('ada-secret'), roles: ['infer:digits*'] };

  test('let in whom they say, for the models they say', async () => {
    await withTokens(ada, { name: 'bob', sha256: sha256('bob-secret'), roles: ['train'] });
    await embed('ada-secret', 'digits2');
    expect(server!.callers[0]).toEqual({ name: 'ada', via: 'token', grants: [{ role: 'infer', pattern: 'digits*' }] });
    expect(await failure(embed('ada-secret', 'air'))).toEqual({
      reason: 'PERMISSION_DENIED',
      message: 'ada may not call quartet.cnn.v1.CnnService/Embed for the model "air": that takes the role infer for it, and the token has infer:digits*. Ask whoever issues the tokens for it.',
    });
    expect(await failure(clientWith('ada-secret').cnn.train({ model: 'digits', dataset: 'd' }))).toMatchObject({
      reason: 'PERMISSION_DENIED',
      message: expect.stringContaining('that takes the role train, and the token has infer:digits*'),
    });
    await clientWith('bob-secret').cnn.train({ model: 'anything', dataset: 'd' });
    expect(server!.callers).toHaveLength(2);
  });

  test('who has none, or a wrong one, is told so with one ErrorInfo and what to do', async () => {
    await withTokens(ada, { name: 'old', sha256: sha256('old-secret'), roles: ['infer'], expires: '2020-01-01T00:00:00Z' });
    expect(await failure(embed(''))).toEqual({
      reason: 'UNAUTHENTICATED',
      message: 'The call carries no token, and this server takes only callers it knows. Send one in the header "authorization: Bearer ..."; the client and the CLI take it from QUARTET_TOKEN.',
    });
    expect(await failure(embed('guess'))).toEqual({ reason: 'UNAUTHENTICATED', message: 'The token is not one of those that this server knows. Get one from whoever keeps the file QUARTET_AUTH_TOKENS.' });
    expect(await failure(embed('old-secret'))).toMatchObject({ reason: 'UNAUTHENTICATED', message: expect.stringContaining('has expired') });
    for (const header of ['Basic YTpi', 'Bearer', 'Bearer a b']) {
      const call = clientWith('').cnn.embed({ model: { name: 'digits' } }, { metadata: { authorization: header } });
      expect(await failure(call)).toMatchObject({ reason: 'UNAUTHENTICATED', message: expect.stringContaining('is not one bearer token') });
    }
    expect(server!.callers).toHaveLength(0);
  });

  test('health and reflection need none', async () => {
    await withTokens(ada);
    expect(await clientWith('').health.check({})).toMatchObject({ status: 1 });
    expect(await listServices(server!.address)).toContain('quartet.cnn.v1.CnnService');
  });

  test('reflection can be turned off', async () => {
    server = await startCnn({ QUARTET_REFLECTION: 'off' });
    await expect(listServices(server.address)).rejects.toMatchObject({ code: 12 });
  });

  test('a replaced file holds within a second or two; one that is broken changes nothing', async () => {
    await withTokens(ada);
    await embed('ada-secret');
    const file = join(folder, 'tokens.json');
    replace(file, '{ "tokens": [');
    await until(async () => (await failure(embed('ada-secret')), server!.logged.some(({ msg }) => String(msg).startsWith('QUARTET_AUTH_TOKENS changed and cannot be used'))), { everyMs: 200 });
    await embed('ada-secret');
    replace(file, tokenFile({ name: 'eve', sha256: sha256('eve-secret'), roles: ['infer'] }));
    await until(async () => (await failure(embed('eve-secret'))) === 'it was let in', { everyMs: 200 });
    expect(await failure(embed('ada-secret'))).toMatchObject({ reason: 'UNAUTHENTICATED' });
  });

  test.each([
    ['nonsense', 'the file is not JSON'],
    [tokenFile({ name: 'a', sha256: 'ff', roles: ['infer'] }), 'in the file, tokens.0.sha256: expected 64 hexadecimal digits'],
    [tokenFile({ name: 'a', sha256: sha256(''), roles: ['root'] }), 'the token "a" has the role "root"; expected infer, train, admin or service'],
    [tokenFile({ name: 'a', token: 'in the clear', sha256: sha256(''), roles: ['infer'] }), 'in the file, tokens.0: Unrecognized key'],
  ])('%s is refused at the start', async (text, message) => {
    await writeFile(join(folder, 'tokens.json'), text);
    const started = startCnn({ QUARTET_AUTH_TOKENS: join(folder, 'tokens.json') });
    await expect(started).rejects.toThrow(`QUARTET_AUTH_TOKENS: ${message}`);
    await expect(started).rejects.not.toThrow('in the clear');
  });
});

describe('JWTs', () => {
  let keys: { privateKey: CryptoKey; set: JSONWebKeySet };
  let stranger: CryptoKey;
  const pair = async (kid: string) => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    return { privateKey, set: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256' }] } };
  };
  beforeAll(async () => {
    keys = await pair('one');
    stranger = (await generateKeyPair('ES256')).privateKey;
  });

  interface Claims {
    key?: CryptoKey;
    kid?: string;
    iss?: string;
    aud?: string;
    exp?: string | number;
    roles?: unknown;
    scope?: string;
    sub?: string | null;
  }
  const jwt = ({ key = keys.privateKey, kid = 'one', iss = ISSUER.QUARTET_AUTH_ISSUER, aud = 'quartet', exp = '1h', sub = 'ada@example', ...claims }: Claims = {}) => {
    const token = new SignJWT({ roles: ['infer:digits*'], ...claims }).setProtectedHeader({ alg: 'ES256', kid }).setIssuer(iss).setAudience(aud).setExpirationTime(exp);
    return (sub === null ? token : token.setSubject(sub)).sign(key);
  };
  const withKeys = async () => {
    await writeFile(join(folder, 'jwks.json'), JSON.stringify(keys.set));
    server = await startCnn({ ...ISSUER, QUARTET_AUTH_JWKS: join(folder, 'jwks.json') });
  };

  test('of the issuer are taken, with the roles of their claims', async () => {
    await withKeys();
    await embed(await jwt());
    await embed(await jwt({ roles: undefined, scope: 'openid infer:digits email' }));
    await embed(await jwt()); // From memory.
    expect(server!.callers[0]).toEqual({ name: 'ada@example', via: 'jwt', grants: [{ role: 'infer', pattern: 'digits*' }] });
    expect(await failure(embed(await jwt(), 'air'))).toMatchObject({ reason: 'PERMISSION_DENIED' });
    expect(await failure(embed(await jwt({ roles: [7, 'nothing'] })))).toMatchObject({ reason: 'PERMISSION_DENIED', message: expect.stringContaining('the token has no role') });
  });

  test('that are anything else are refused', async () => {
    await withKeys();
    const messages = async (claims: Claims) => failure(embed(await jwt(claims)));
    expect(await messages({ exp: Math.floor(Date.now() / 1000) - 3600 })).toEqual({ reason: 'UNAUTHENTICATED', message: 'The token has expired. Get a new one from its issuer.' });
    expect(await messages({ aud: 'others' })).toEqual({ reason: 'UNAUTHENTICATED', message: 'The token\'s claim "aud" is not what this server asks for. Get one that is issued for it.' });
    expect(await messages({ iss: 'https://evil.example' })).toMatchObject({ message: expect.stringContaining('claim "iss"') });
    expect(await messages({ sub: null })).toMatchObject({ message: expect.stringContaining('claim "sub"') });
    const unsigned = 'The token is neither one of this server\'s nor signed by the issuer that it trusts. Get one that is.';
    expect(await messages({ key: stranger })).toEqual({ reason: 'UNAUTHENTICATED', message: unsigned });
    expect(await messages({ kid: 'two' })).toEqual({ reason: 'UNAUTHENTICATED', message: unsigned });
    const [, payload] = (await jwt()).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    expect(await failure(embed(none))).toEqual({ reason: 'UNAUTHENTICATED', message: unsigned });
    const symmetric = await new SignJWT({ roles: ['admin'] }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).setIssuer(ISSUER.QUARTET_AUTH_ISSUER).setAudience('quartet').setSubject('x').setExpirationTime('1h').sign(Buffer.from(JSON.stringify(keys.set)));
    expect(await failure(embed(symmetric))).toEqual({ reason: 'UNAUTHENTICATED', message: unsigned });
    expect(await failure(embed('not.a.jwt'))).toEqual({ reason: 'UNAUTHENTICATED', message: unsigned });
    expect(server!.callers).toHaveLength(0);
  });

  test('are checked by keys at a URL; while it is away they can\'t be, which passes', async () => {
    let served: object | undefined = keys.set;
    const http: Server = createServer((_, response) => (served ? response.setHeader('content-type', 'application/json').end(JSON.stringify(served)) : response.writeHead(503).end())).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/jwks`;
    served = undefined;
    server = await startCnn({ ...ISSUER, QUARTET_AUTH_JWKS: url });
    expect(await failure(embed(await jwt()))).toMatchObject({ reason: 'UNAVAILABLE', message: expect.stringContaining('the issuer\'s keys can\'t be had') });
    served = keys.set;
    await embed(await jwt());
    http.close();
    await embed(await jwt({ sub: 'bob' })); // The keys are kept.
  });

  test.each([
    [{ QUARTET_AUTH_JWKS: 'http://keys.example/jwks', ...ISSUER }, 'QUARTET_AUTH_JWKS: is http://keys.example, where anyone on the way could put in keys of their own. Use https://.'],
    [{ QUARTET_AUTH_JWKS: '/nowhere', ...ISSUER }, 'QUARTET_AUTH_JWKS: the file /nowhere can\'t be read (ENOENT)'],
    [{ QUARTET_AUTH_JWKS: '/nowhere', QUARTET_AUTH_ISSUER: 'x' }, 'QUARTET_AUTH_AUDIENCE: is not set while QUARTET_AUTH_JWKS is'],
    [{ QUARTET_AUTH_JWKS: '/nowhere', QUARTET_AUTH_AUDIENCE: 'x' }, 'QUARTET_AUTH_ISSUER: is not set while QUARTET_AUTH_JWKS is'],
  ])('%j is refused at the start', async (env, message) => {
    await expect(startCnn(env)).rejects.toThrow(message);
  });
});

test('a token goes to another machine over TLS only', async () => {
  const client = connect({ address: 'gateway.example:1', settings: readSettings({}), token: 'secret' });
  await expect(client.cnn.embed({})).rejects.toThrow('A token would go to gateway.example:1 in the clear, where others can read it. Set QUARTET_TLS_CA for TLS; where the network itself is safe, QUARTET_INSECURE=true.');
  client.close();
});

test('a token may be in a file, which is read again', async () => {
  await withTokens({ name: 'ada', sha256: sha256('ada-secret'), roles: ['infer'] });
  const file = join(folder, 'token');
  await writeFile(file, 'old\n');
  const client = clientWith(`@${file}`);
  expect(await failure(client.cnn.embed({}))).toMatchObject({ reason: 'UNAUTHENTICATED' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  await writeFile(file, 'ada-secret\n');
  await client.cnn.embed({});
  expect(() => connect({ settings: readSettings({}), token: 'a\nb' })).toThrow('token: it is empty or holds characters that a token can\'t have');
});

test("Quartet's own processes take a canary back, and promote nothing", () => {
  const own = { name: 'cnn', via: 'token', grants: [{ role: 'service', pattern: '*' }] } as const;
  expect(permits(own, '/quartet.model.v1.ModelService/Rollback', 'digits')).toBe(true);
  expect(permits(own, '/quartet.model.v1.ModelService/PromoteVersion', 'digits')).toBe(false);
  expect(permits({ ...own, grants: [{ role: 'train', pattern: '*' }] }, '/quartet.model.v1.ModelService/Rollback', 'digits')).toBe(false);
});
