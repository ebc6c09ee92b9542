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
});
