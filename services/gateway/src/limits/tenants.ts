import type { Metadata } from '@grpc/grpc-js';
import { QuartetError, type Settings } from '@quartet/contracts';
import { readTenantLimits, type TenantLimit } from './tenant-limits';
import { TokenBucket } from './token-bucket';

type TenantSettings = Pick<Settings, 'QUARTET_TENANT_HEADER' | 'QUARTET_TENANT_RATE' | 'QUARTET_TENANT_BURST' | 'QUARTET_TENANT_DAILY_CALLS' | 'QUARTET_TENANT_LIMITS'>;

interface Account {
  limit: TenantLimit;
  bucket: TokenBucket | undefined;
  day: number;
  calls: number;
}

const DAY_MS = 86_400_000;

/** Tenants that are remembered at a time: names come from callers, and must not fill the memory. */
const MAX_TENANTS = 10_000;

/**
 * How much each tenant may call. Calls that name none count as one tenant's. Each gateway process counts by itself, from its
 * start: with n of them behind one address a tenant gets up to n times as much.
 */
export class Tenants {
  readonly #header: string;
  readonly #limitOf: (tenant: string) => TenantLimit;
  readonly #accounts = new Map<string, Account>();

  /** @throws QuartetError INVALID_FIELD for a QUARTET_TENANT_LIMITS that can't be read. */
  constructor(settings: TenantSettings) {
    this.#header = settings.QUARTET_TENANT_HEADER.toLowerCase();
    this.#limitOf = readTenantLimits(settings);
  }

  /**
   * Counts a call.
   * @throws QuartetError RATE_LIMITED or QUOTA_EXCEEDED, each with the delay after which it would be taken.
   */
  admit(metadata: Metadata, now = Date.now()): void {
    const tenant = String(metadata.get(this.#header)[0] ?? '');
    const account = this.#account(tenant, now);
    if (!account) return;
    const { limit, bucket } = account;
    const who = tenant === '' ? `Calls without ${this.#header}` : `Tenant "${tenant}"`;
    const day = Math.floor(now / DAY_MS);
    if (account.day !== day) [account.day, account.calls] = [day, 0];
    if (limit.dailyCalls > 0 && account.calls >= limit.dailyCalls) {
      throw new QuartetError('QUOTA_EXCEEDED', `${who} used up the ${limit.dailyCalls} calls of this day (UTC). Wait for the next, or ask for a larger quota.`, {
        retryAfterMs: (day + 1) * DAY_MS - now,
        metadata: { tenant },
      });
    }
    const waitMs = bucket?.take(now) ?? 0;
    if (waitMs > 0) {
      const message = `${who} may make ${limit.rate} calls a second, ${limit.burst} at once; this is more. Send it again in ${waitMs} ms, and spread the calls.`;
      throw new QuartetError('RATE_LIMITED', message, { retryAfterMs: waitMs, metadata: { tenant } });
    }
    account.calls += 1;
  }

  #account(tenant: string, now: number): Account | undefined {
    const known = this.#accounts.get(tenant);
    if (known) return known;
    const limit = this.#limitOf(tenant);
    if (limit.rate === 0 && limit.dailyCalls === 0) return undefined;
    if (this.#accounts.size >= MAX_TENANTS) this.#forget(now);
    const account = { limit, bucket: limit.rate > 0 ? new TokenBucket(limit.rate, limit.burst, now) : undefined, day: 0, calls: 0 };
    this.#accounts.set(tenant, account);
    return account;
  }

  /** Makes room: whoever has nothing to remember leaves, or else the one that came first. */
  #forget(now: number): void {
    for (const [tenant, { bucket, limit }] of this.#accounts) if (limit.dailyCalls === 0 && bucket?.full(now)) this.#accounts.delete(tenant);
    const [first] = this.#accounts.keys();
    if (this.#accounts.size >= MAX_TENANTS && first !== undefined) this.#accounts.delete(first);
  }
}
