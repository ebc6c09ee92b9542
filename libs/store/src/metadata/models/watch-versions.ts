import type { Family, Version } from '@quartet/contracts';
import { familyName } from '../names';
import type { Signals } from '../signals';
import type { Sql } from '../sql/connection';
import { query } from '../sql/transact';
import { versionsFrom } from './rows';

/** A change whose notice got lost is seen after so long. */
const POLL_MS = 5_000;

/** The versions of a family that a label points at: first all, then again whenever that set or its labels change. */
export async function* watchVersions(db: Sql, signals: Signals, family: Family, signal: AbortSignal): AsyncGenerator<Version[]> {
  const name = familyName('family', family);
  const subscription = signals.subscribe(`versions:${name}`);
  try {
    let sent: string | undefined;
    while (!signal.aborted) {
      const versions = await labelledVersions(db, name);
      const state = JSON.stringify(versions.map(({ model, version, labels, weightsSha256 }) => [model, `${version}`, labels, weightsSha256]));
      if (state !== sent) yield versions;
      sent = state;
      await subscription.changed(POLL_MS, signal);
    }
  } finally {
    subscription.close();
  }
}

async function labelledVersions(db: Sql, family: ReturnType<typeof familyName>): Promise<Version[]> {
  const rows = await query(() =>
    db
      .selectFrom('versions')
      .selectAll('versions')
      .innerJoin('models', 'models.name', 'versions.model')
      .where('models.family', '=', family)
      .where((eb) =>
        eb.exists(eb.selectFrom('labels').select('labels.name').whereRef('labels.model', '=', 'versions.model').whereRef('labels.version', '=', 'versions.version')),
      )
      .orderBy('versions.model')
      .orderBy('versions.version')
      .execute(),
  );
  return versionsFrom(db, rows);
}
