import { QuartetError, type Canary, type RollbackRequest, type RollbackResponse, type SetTrafficRequest, type Shadow, type Traffic } from '@quartet/contracts';
import { notify } from '../signals';
import type { Sql } from '../sql/connection';
import { transact } from '../sql/transact';
import { pointLabel, removeLabel } from './labels';
import { DEFAULT_LABEL, lockModel, requireModel, requireVersion } from './rows';
import { CANARY_LABEL, readTraffic, SHADOW_LABEL, writeTraffic } from './traffic-rows';

/** How the calls for a model are shared out among its versions. */
export class TrafficRules {
  constructor(readonly db: Sql) {}

  /** @throws QuartetError MODEL_NOT_FOUND. */
  async get(model: string): Promise<Traffic> {
    return transact(this.db, async (trx) => {
      await requireModel(trx, model);
      return readTraffic(trx, model);
    });
  }

  /** @throws QuartetError INVALID_FIELD, MODEL_NOT_FOUND, VERSION_NOT_FOUND, or WRONG_STATE without a production version. */
  async set({ model, canary, shadow }: SetTrafficRequest): Promise<Traffic> {
    if (canary) checkCanary(canary);
    if (shadow) checkPercent('shadow.percent', shadow.percent, 1);
    return transact(this.db, async (trx) => {
      const { family } = await lockModel(trx, model);
      const production = await trx.selectFrom('labels').select('version').where('model', '=', model).where('name', '=', DEFAULT_LABEL).executeTakeFirst();
      for (const [label, part] of [[CANARY_LABEL, canary], [SHADOW_LABEL, shadow]] as const) {
        if (!part) {
          await removeLabel(trx, model, label);
          continue;
        }
        await requireVersion(trx, model, part.version);
        if (!production) throw wrongState(model, `Model "${model}" has no ${DEFAULT_LABEL} version to compare a ${label} with. Promote one first.`);
        if (BigInt(production.version) === part.version) {
          throw wrongState(model, `Version ${part.version} of model "${model}" is the ${DEFAULT_LABEL} version already. Name another as its ${label}.`);
        }
        await pointLabel(trx, model, label, part.version);
      }
      const before = await readTraffic(trx, model);
      const traffic = await writeTraffic(trx, { model, canary, shadow, lastRollback: canary ? '' : before.lastRollback, updatedAt: undefined });
      await notify(trx, `versions:${family}`);
      return traffic;
    });
  }

  /** @throws QuartetError MODEL_NOT_FOUND; WRONG_STATE if there is nothing to go back to, or another canary than the one named. */
  async rollback({ model, canaryVersion, reason }: RollbackRequest): Promise<RollbackResponse> {
    return transact(this.db, async (trx) => {
      const { family } = await lockModel(trx, model);
      const label = await trx.selectFrom('labels').selectAll().where('model', '=', model).where('name', '=', DEFAULT_LABEL).executeTakeFirst();
      const production = BigInt(label?.version ?? 0);
      const traffic = await readTraffic(trx, model);
      if (canaryVersion !== undefined && traffic.canary?.version !== canaryVersion) {
        throw wrongState(model, `Version ${canaryVersion} is no canary of model "${model}" (any longer). Look at ModelService.GetTraffic.`);
      }
      if (traffic.canary) {
        await removeLabel(trx, model, CANARY_LABEL);
        const lastRollback = `version ${traffic.canary.version}: ${reason || 'asked for'}`;
        await writeTraffic(trx, { ...traffic, canary: undefined, lastRollback });
        await notify(trx, `versions:${family}`);
        return { endedCanary: traffic.canary.version, production, previous: production };
      }
      if (!label?.previous) {
        throw wrongState(model, `Model "${model}" has no canary, and ${DEFAULT_LABEL} ${label ? `has pointed at version ${production} only` : 'points nowhere'}. Promote a version instead.`);
      }
      const previous = BigInt(label.previous);
      await requireVersion(trx, model, previous);
      await pointLabel(trx, model, DEFAULT_LABEL, previous);
      await notify(trx, `versions:${family}`);
      return { endedCanary: 0n, production: previous, previous: production };
    });
  }
}

function checkCanary({ weight, rollback }: Canary): void {
  checkPercent('canary.weight', weight, 0);
  for (const field of ['maxErrorRate', 'maxDisagreement'] as const) {
    const value = rollback?.[field] ?? 0;
    const name = field === 'maxErrorRate' ? 'max_error_rate' : 'max_disagreement';
    if (!(value >= 0 && value <= 1)) throw QuartetError.invalid(`canary.rollback.${name}`, `is ${value}; it takes a share from 0 to 1`);
  }
  const ratio = rollback?.maxLatencyRatio ?? 0;
  if (!(ratio === 0 || (ratio >= 1 && ratio < Infinity))) throw QuartetError.invalid('canary.rollback.max_latency_ratio', `is ${ratio}; it takes a number from 1, or 0 for the default`);
  const drift = rollback?.maxDrift ?? 0;
  if (!(drift >= 0 && drift <= 100)) throw QuartetError.invalid('canary.rollback.max_drift', `is ${drift}; it takes a number of standard deviations from 0 (not looked at) to 100`);
}

function checkPercent(field: string, value: Shadow['percent'], least: number): void {
  if (value < least || value > 100) throw QuartetError.invalid(field, `is ${value}; it takes a percentage from ${least} to 100`);
}

const wrongState = (model: string, message: string): QuartetError => new QuartetError('WRONG_STATE', message, { metadata: { model } });
