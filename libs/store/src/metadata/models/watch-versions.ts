import { Traffic, type Family, type Version } from '@quartet/contracts';
import { familyName } from '../names';
import type { Signals } from '../signals';
import type { Sql } from '../sql/connection';
import { versionsFrom } from './rows';
import { trafficOf } from './traffic-rows';

/** A change whose notice got lost is seen after so long. */
const POLL_MS = 5_000;

export interface Served {
  versions: Version[];
  /** Of the models that have a canary or a shadow. */
  traffic: Traffic[];
}

/** The versions of a family that a label points at, and how calls are shared out: first all, then again whenever that changes. */
export async function* watchVersions(db: Sql, signals: Signals, family: Family, signal: AbortSignal): AsyncGenerator<Served> {
  const name = familyName('family', family);
  const subscription = signals.subscribe(`versions:${name}`);
  try {
    let sent: string | undefined;
    while (!signal.aborted) {
      const versions = await labelledVersions(db, name);
      const traffic = await trafficOf(db, name);
      const state = JSON.stringify([
        versions.map(({ model, version, labels, weightsSha256 }) => [model, `${version}`, labels, weightsSha256]),
        traffic.map((each) => Traffic.toJSON(each)),
      ]);
      if (state !== sent) yield { versions, traffic };
      sent = state;
      await subscription.changed(POLL_MS, signal);
    }
  } finally {
    subscription.close();
  }
}

async function labelledVersions(db: Sql, family: ReturnType<typeof familyName>): Promise<Version[]> {
  const rows = await db
    .selectFrom('versions')
    .selectAll('versions')
    .innerJoin('models', 'models.name', 'versions.model')
    .where('models.family', '=', family)
    .where((eb) =>
      eb.exists(eb.selectFrom('labels').select('labels.name').whereRef('labels.model', '=', 'versions.model').whereRef('labels.version', '=', 'versions.version')),
    )
    .orderBy('versions.model')
    .orderBy('versions.version')
    .execute();
  return versionsFrom(db, rows);
}
