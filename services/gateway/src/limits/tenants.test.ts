import { Metadata } from '@grpc/grpc-js';
import { readSettings, type QuartetError } from '@quartet/contracts';
import { Tenants } from './tenants';

const of = (tenant: string) => {
  const metadata = new Metadata();
  metadata.set('quartet-tenant', tenant);
  return metadata;
};
const refusal = (act: () => void): QuartetError | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    return error as QuartetError;
  }
};

describe('Tenants', () => {
  test('a rate fills up again, and the delay says when', () => {
    const tenants = new Tenants(readSettings({ QUARTET_TENANT_RATE: '10' }));
    const admitted = (now: number) => Array.from({ length: 30 }, () => refusal(() => tenants.admit(of('a'), now))).filter((error) => !error).length;
    expect(admitted(0)).toBe(20);
    expect(refusal(() => tenants.admit(of('a'), 50))).toMatchObject({ reason: 'RATE_LIMITED', retryAfterMs: 50, metadata: { tenant: 'a' } });
    expect(admitted(500)).toBe(5);
    expect(admitted(60_000)).toBe(20);
  });

  test('a quota is for a day', () => {
    const tenants = new Tenants(readSettings({ QUARTET_TENANT_DAILY_CALLS: '2' }));
    const noon = 10 * 86_400_000 + 43_200_000;
    for (let i = 0; i < 2; i++) tenants.admit(of('a'), noon);
    expect(refusal(() => tenants.admit(of('a'), noon))).toMatchObject({ reason: 'QUOTA_EXCEEDED', retryAfterMs: 43_200_000 });
    tenants.admit(of('b'), noon);
    tenants.admit(of('a'), noon + 43_200_000);
  });

  test('made-up names fill no memory', () => {
    const tenants = new Tenants(readSettings({ QUARTET_TENANT_RATE: '1' }));
    for (let i = 0; i < 50_000; i++) tenants.admit(of(`t${i}`), i);
    expect(refusal(() => tenants.admit(of('t49999'), 49_999))).toBeUndefined();
    expect(refusal(() => tenants.admit(of('t49999'), 49_999))?.reason).toBe('RATE_LIMITED');
  });

  test.each([
    ['{', /QUARTET_TENANT_LIMITS: is no JSON \(.*\); it takes an object such as {"gold"/],
    ['[1]', /is \[1\]; it takes an object/],
    ['{"a": 5}', /has 5 for "a"; it takes an object with rate, burst, dailyCalls/],
    ['{"a": {"speed": 5}}', /has the field "speed" for "a"; it takes rate, burst, dailyCalls/],
    ['{"a": {"rate": -1}}', /has rate -1 for "a"; it takes a whole number from 0/],
  ])('refuses QUARTET_TENANT_LIMITS=%s', (text, message) => {
    expect(() => new Tenants(readSettings({ QUARTET_TENANT_LIMITS: text }))).toThrow(message);
  });
});
