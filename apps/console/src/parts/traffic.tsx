import { Button, NativeSelect, Slider, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { api } from '../api/clients';
import { useAction } from '../api/use-live';
import type { Model, Traffic, Version } from '../generated/quartet/model/v1/model_pb';
import { FailureNote } from './failure';

/** Who answers the calls that name no version: production, with part of them for a canary; and the way back. */
export function TrafficControl({ model, versions, traffic, changed }: { model: Model; versions: readonly Version[]; traffic: Traffic | undefined; changed: (what: string) => void }) {
  const production = model.labels.find(({ name }) => name === 'production')?.version;
  const canary = traffic?.canary;
  const [version, setVersion] = useState('');
  const [weight, setWeight] = useState(10);
  useEffect(() => {
    if (canary) {
      setVersion(String(canary.version));
      setWeight(canary.weight);
    }
  }, [canary?.version, canary?.weight]);
  const set = useAction(async () => {
    // What else the rule holds stays: the shadow, and when the canary rolls back by itself.
    await api.models.setTraffic({ model: model.name, canary: { version: BigInt(version), weight, rollback: canary?.rollback }, shadow: traffic?.shadow });
    changed(`Version ${version} gets ${weight} % of the calls`);
  });
  const back = useAction(async () => {
    const { endedCanary, production: now, previous } = await api.models.rollback({ model: model.name, reason: 'by hand, in the console' });
    changed(endedCanary > 0n ? `The canary, version ${endedCanary}, was ended` : `Production went back from version ${previous} to ${now}`);
  });
  const others = versions.filter(({ version: of }) => of !== production).map(({ version: of }) => String(of));
  return (
    <>
      <FailureNote failure={set.failure ?? back.failure} />
      <dl className="facts">
        <dt>Production</dt>
        <dd>{production ? `version ${production}, ${100 - (canary?.weight ?? 0)} % of the calls` : 'none: promote a version'}</dd>
        <dt>Canary</dt>
        <dd>{canary ? `version ${canary.version}, ${canary.weight} % of the calls` : 'none'}</dd>
        <dt>Shadow</dt>
        <dd>{traffic?.shadow ? `version ${traffic.shadow.version} gets a copy of ${traffic.shadow.percent} %` : 'none'}</dd>
        {traffic?.lastRollback && (
          <>
            <dt>Last rollback</dt>
            <dd>{traffic.lastRollback}</dd>
          </>
        )}
      </dl>
      <div className="row end" style={{ marginTop: '0.75rem' }}>
        <NativeSelect label="Canary version" data={['', ...others]} value={version} onChange={(event) => setVersion(event.currentTarget.value)} disabled={!production || others.length === 0} />
        <div style={{ flex: '1 1 12rem' }}>
          <Text size="sm" fw={500} component="div" mb={4}>
            Share of the calls: {weight} %
          </Text>
          <Slider thumbLabel="Share of the calls for the canary" value={weight} onChange={setWeight} min={0} max={100} label={null} disabled={!production} />
        </div>
        <Button loading={set.busy} disabled={version === ''} onClick={() => void set.run()}>
          Set canary
        </Button>
        <Button variant="default" loading={back.busy} disabled={!production} onClick={() => void back.run()}>
          {canary ? 'End the canary' : 'Roll back'}
        </Button>
      </div>
    </>
  );
}
