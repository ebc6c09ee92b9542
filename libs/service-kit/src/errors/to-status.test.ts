import { status, Metadata } from '@grpc/grpc-js';
import { QuartetError, STATUS_OF_REASON, type Reason } from '@quartet/contracts';
import { createLogger } from '../logging/logger';
import { readDetails } from '../testing/details';
import { statusOf, toStatus } from './to-status';

function capture() {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ service: 'test', level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  return { log, lines };
}

describe('toStatus', () => {
  test.each(Object.entries(STATUS_OF_REASON))('%s travels under its status with exactly one ErrorInfo', (reason, code) => {
    if (reason === 'INTERNAL') return;
    const result = toStatus(new QuartetError(reason as Reason, 'what happened and what to do'));
    expect(result.code).toBe(code);
    expect(result.details).toBe('what happened and what to do');
    expect(readDetails(result.metadata)).toMatchObject({ code, message: result.details, reason, domain: 'quartet', types: ['ErrorInfo'] });
  });

  test('violations, metadata and retry delay go along', () => {
    const violations = [
      { field: 'batch.shape', description: 'is [1, 28]; expected [n, 28, 28, 1]' },
      { field: 'top_k', description: 'is 11; the model has 10 classes' },
    ];
    const error = new QuartetError('SHAPE_MISMATCH', 'two fields are wrong', { violations, metadata: { model: 'digits' }, retryAfterMs: 1250 });
    expect(readDetails(toStatus(error).metadata)).toMatchObject({
      types: ['ErrorInfo', 'BadRequest', 'RetryInfo'],
      violations,
      metadata: { model: 'digits' },
      retryAfterMs: 1250,
    });
  });

  test("an error of core's, of another class with the same brand, is one of ours", () => {
    const foreign = Object.assign(new Error('loss is NaN at step 12'), { [Symbol.for('quartet.error')]: true, reason: 'NOT_FINITE' });
    expect(toStatus(foreign)).toMatchObject({ code: status.INVALID_ARGUMENT, details: 'loss is NaN at step 12' });
  });

  test('an unknown error is INTERNAL: the caller gets an incident id, the log the rest', () => {
    const { log, lines } = capture();
    const result = toStatus(new TypeError('cannot read /etc/secret of undefined'), log);
    const { metadata, reason } = readDetails(result.metadata);
    expect(result.code).toBe(status.INTERNAL);
    expect(reason).toBe('INTERNAL');
    expect(metadata['incident']).toMatch(/^[0-9a-f-]{36}$/);
    expect(result.details).toContain(metadata['incident']);
    expect(JSON.stringify(result.metadata.getMap()) + result.details).not.toMatch(/secret|TypeError|\.ts/);
    expect(lines).toMatchObject([{ incident: metadata['incident'], err: { type: 'TypeError', message: 'cannot read /etc/secret of undefined' } }]);
    expect((lines[0]?.['err'] as { stack: string }).stack).toContain('to-status.test');
  });

  test.each([undefined, null, 'text', 42, { code: 5 }])('thrown %p is INTERNAL too', (thrown) => {
    expect(toStatus(thrown).code).toBe(status.INTERNAL);
  });

  test("our own INTERNAL and a reason that isn't in the contract keep their text from the caller", () => {
    for (const reason of ['INTERNAL', 'NO_SUCH_REASON']) {
      const result = toStatus(new QuartetError(reason as Reason, 'table jobs is broken'));
      expect(result.code).toBe(status.INTERNAL);
      expect(result.details).not.toContain('jobs');
    }
  });

  test.each(['ENOSPC', 'EDQUOT'])('%s is DISK_FULL', (code) => {
    const result = toStatus(Object.assign(new Error(`${code}: no space left on device, write '/data/x'`), { code }));
    expect(readDetails(result.metadata).reason).toBe('DISK_FULL');
    expect(result.details).not.toContain('/data');
  });

  test('an aborted wait says why it was aborted', () => {
    const timeout = AbortSignal.abort(new QuartetError('DEADLINE_EXCEEDED', 'too long')).reason as unknown;
    expect(toStatus(timeout).code).toBe(status.DEADLINE_EXCEEDED);
    expect(toStatus(AbortSignal.abort().reason).code).toBe(status.CANCELLED);
    const wrapped = Object.assign(new Error('The operation was aborted', { cause: timeout }), { name: 'AbortError', code: 'ABORT_ERR' });
    expect(toStatus(wrapped)).toMatchObject({ code: status.DEADLINE_EXCEEDED, details: 'too long' });
  });

  test("an upstream's status with details passes as it is; without, in our words", () => {
    const upstream = statusOf({ reason: 'MODEL_NOT_FOUND', message: 'there is no model "digits"' });
    expect(toStatus(upstream)).toMatchObject({ code: status.NOT_FOUND, details: upstream.details, metadata: upstream.metadata });
    const raw = Object.assign(new Error('14 UNAVAILABLE: x'), { code: status.UNAVAILABLE, details: 'connect ECONNREFUSED 10.0.0.7:50060', metadata: new Metadata() });
    const result = toStatus(raw);
    expect(result.details).not.toContain('10.0.0.7');
    expect(readDetails(result.metadata)).toMatchObject({ reason: 'UNAVAILABLE', retryAfterMs: 1000 });
  });

  test('what is too long for trailers is cut, at a whole character, and counted', () => {
    const violations = Array.from({ length: 5000 }, (_, i) => ({ field: `images[${i}].encoded`, description: 'is not a PNG or JPEG; ' + 'é'.repeat(100) }));
    const result = toStatus(new QuartetError('UNDECODABLE_IMAGE', '日本語'.repeat(2000), { violations }));
    const bytes = result.metadata.get('grpc-status-details-bin')[0] as Buffer;
    expect(encodeURI(result.details).length + bytes.toString('base64').length).toBeLessThan(8 * 1024);
    expect(result.details).toMatch(/^[日本語]+\.\.\.$/);
    const read = readDetails(result.metadata);
    expect(read.violations.length).toBeGreaterThan(3);
    expect(read.violations.at(-1)?.description).toBe(`and ${5000 - read.violations.length + 1} more`);
  });

  test('a lone surrogate, which no status message may hold, is replaced', () => {
    expect(() => encodeURI(toStatus(new QuartetError('INVALID_FIELD', 'name "\ud800" is bad')).details)).not.toThrow();
  });
});
