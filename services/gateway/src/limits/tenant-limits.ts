import { QuartetError, type Settings } from '@quartet/contracts';

export interface TenantLimit {
  /** Calls a second; 0: any number. */
  rate: number;
  /** Calls at once, at least 1. */
  burst: number;
  /** 0: any number. */
  dailyCalls: number;
}

const FIELDS = ['rate', 'burst', 'dailyCalls'];
const SETTING = 'QUARTET_TENANT_LIMITS';
const EXAMPLE = '{"gold": {"rate": 100, "burst": 200, "dailyCalls": 0}}';

function parse(text: string): Record<string, Partial<TenantLimit>> {
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw QuartetError.invalid(SETTING, `is no JSON (${(error as Error).message}); it takes an object such as ${EXAMPLE}`);
  }
  const isObject = (it: unknown): it is Record<string, unknown> => typeof it === 'object' && it !== null && !Array.isArray(it);
  if (!isObject(value)) throw QuartetError.invalid(SETTING, `is ${text}; it takes an object such as ${EXAMPLE}`);
  for (const [tenant, limit] of Object.entries(value)) {
    if (!isObject(limit)) throw QuartetError.invalid(SETTING, `has ${JSON.stringify(limit)} for "${tenant}"; it takes an object with ${FIELDS.join(', ')}`);
    for (const [field, number] of Object.entries(limit)) {
      if (!FIELDS.includes(field)) throw QuartetError.invalid(SETTING, `has the field "${field}" for "${tenant}"; it takes ${FIELDS.join(', ')}`);
      if (!Number.isSafeInteger(number) || (number as number) < 0) throw QuartetError.invalid(SETTING, `has ${field} ${JSON.stringify(number)} for "${tenant}"; it takes a whole number from 0`);
    }
  }
  return value as Record<string, Partial<TenantLimit>>;
}

/** The limits of each tenant: its own, or else those of all. */
export function readTenantLimits(
  settings: Pick<Settings, 'QUARTET_TENANT_RATE' | 'QUARTET_TENANT_BURST' | 'QUARTET_TENANT_DAILY_CALLS' | 'QUARTET_TENANT_LIMITS'>,
): (tenant: string) => TenantLimit {
  const own = new Map(Object.entries(parse(settings.QUARTET_TENANT_LIMITS)));
  return (tenant) => {
    const given = own.get(tenant);
    const rate = given?.rate ?? settings.QUARTET_TENANT_RATE;
    const burst = given?.burst ?? settings.QUARTET_TENANT_BURST;
    return { rate, burst: burst || Math.max(1, 2 * rate), dailyCalls: given?.dailyCalls ?? settings.QUARTET_TENANT_DAILY_CALLS };
  };
}
