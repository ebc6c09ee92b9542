import { createLogger } from './logger';

function capture(level = 'info') {
  const lines: string[] = [];
  return { log: createLogger({ service: 'cnn', level, destination: { write: (line: string) => void lines.push(line) } }), lines };
}

describe('createLogger', () => {
  test('writes one JSON object a line with what every line has', () => {
    const { log, lines } = capture();
    log.info({ step: 3 }, 'trained');
    log.debug('too low');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), service: 'cnn', pid: process.pid, step: 3, msg: 'trained' });
  });

  test('leaves secrets out, by key and inside URLs, errors and their causes included', () => {
    const { log, lines } = capture();
    log.warn({ password: 'hunter2', lease: { token: 'hunter2' } }, 'connecting to postgres://quartet:hunter2@db:5432/x');
    log.child({ secret: 'hunter2' }).info('child');
    log.error({ err: new Error('no answer from s3://key:hunter2@host', { cause: new Error('redis://:hunter2@r') }) }, 'failed');
    expect(lines).toHaveLength(3);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines[0]).toContain('postgres://[redacted]@db:5432/x');
    expect(lines[2]).toContain('no answer from s3://[redacted]@host');
  });

  test.each([
    ['a key at any depth', { call: { claim: { lease: { token: 'hunter2', job: 'j1' } } } }, 'j1'],
    ['a value with quotes in it', { a: { b: { password: 'hun"hunter2' } } }, '[redacted]'],
    ['a header in a text', { err: new Error('peer sent authorization: Bearer hunter2.hunter2-x/y= and went') }, 'and went'],
    ['a JWT', { text: 'got eyJhbGciOiJub25lIn0.hunter2.hunter2_-x from ada' }, 'from ada'],
    ['the query of a signed URL', { uri: 's3://b/k?X-Amz-Credential=hunter2&X-Amz-Signature=hunter2&part=3' }, 'part=3'],
    ['a private key', { text: `key: -----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY----- of ada` }, 'of ada'],
    ['settings as a whole', { settings: { inner: { QUARTET_TOKEN: 'hunter2', QUARTET_HOST: '127.0.0.1' } } }, '127.0.0.1'],
  ])('leaves out %s, and keeps the rest', (_, fields, kept) => {
    const { log, lines } = capture();
    log.info(fields, 'event');
    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.stringify(JSON.parse(lines[0]!))).toContain(kept);
  });

  test('a long line of no secrets costs no more than its length', () => {
    const { log, lines } = capture();
    const text = `${'bearer eyJ@?key'.repeat(20_000)}${'a'.repeat(200_000)}`;
    log.info({ text }, 'long');
    expect(lines).toHaveLength(1);
  });
});
