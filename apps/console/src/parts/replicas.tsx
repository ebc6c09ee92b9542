import { api } from '../api/clients';
import { useLive } from '../api/use-live';
import { ReplicaState, type Replica, type RoutedService } from '../generated/quartet/gateway/v1/gateway_pb';
import { FailureNote } from './failure';
import { percent, short } from './format';
import { DataTable } from './table';

const LOOK_MS = 3000;

const STATES: Record<ReplicaState, { dot: 'good' | 'bad' | 'unknown'; text: string }> = {
  [ReplicaState.UNSPECIFIED]: { dot: 'unknown', text: 'not known' },
  [ReplicaState.CONNECTING]: { dot: 'unknown', text: 'connecting' },
  [ReplicaState.READY]: { dot: 'good', text: 'gets calls' },
  [ReplicaState.UNREACHABLE]: { dot: 'bad', text: 'not reachable' },
  [ReplicaState.EJECTED]: { dot: 'bad', text: 'left out, as it failed' },
  [ReplicaState.LEAVING]: { dot: 'unknown', text: 'leaving' },
};

const COLUMNS = [{ title: 'Service' }, { title: 'Replica' }, { title: 'State' }, { title: 'Under way', numeric: true }, { title: 'Ended', numeric: true }, { title: 'Failed', numeric: true }];

const State = ({ dot, text }: { dot: string; text: string }) => (
  <span>
    <span className={`dot ${dot}`} />
    {text}
  </span>
);

const nameOf = ({ name, circuitOpen }: RoutedService): string => (circuitOpen ? `${name}: gives no answer, calls are refused` : name);

function cellsOf(service: RoutedService, { address, state, callsInFlight, calls, failedCalls }: Replica) {
  const failed = calls > 0n ? `${short(Number(failedCalls))} (${percent(Number(failedCalls) / Number(calls))})` : '–';
  return [nameOf(service), <code key="address">{address}</code>, <State key="state" {...STATES[state]} />, short(callsInFlight), short(Number(calls)), failed];
}

/** The replicas of each service, as the gateway that answers spreads calls over them. */
export function Replicas() {
  const { data, failure, loading } = useLive((signal) => api.gateway.listReplicas({}, { signal }), [], LOOK_MS);
  if (failure?.code === 'PERMISSION_DENIED') return <p className="quiet">Addresses within the platform are shown to those with the role admin for all models.</p>;
  const rows = (data?.services ?? []).flatMap((service) =>
    service.replicas.length > 0
      ? service.replicas.map((replica) => ({ key: `${service.name} ${replica.address}`, cells: cellsOf(service, replica) }))
      : [{ key: service.name, cells: [nameOf(service), <code key="address">{service.address}</code>, <State key="state" dot="bad" text="leads to no address" />, '–', '–', '–'] }],
  );
  return (
    <>
      <FailureNote failure={failure} />
      <DataTable label="Replicas" columns={COLUMNS} rows={rows} empty={loading ? 'Loading ...' : 'None.'} />
      <p className="quiet">As this gateway sees them since it started. Failed calls are all that failed, callers' mistakes too.</p>
    </>
  );
}
