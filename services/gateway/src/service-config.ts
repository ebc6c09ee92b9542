import { idempotentMethods, type Settings } from '@quartet/contracts';
import { WATCHED_ROUND_ROBIN } from './replicas/watched-round-robin';

const seconds = (ms: number): string => `${ms / 1000}s`;

/** What `idempotency_level` in the proto lets the gateway do: send a call again, or to two replicas at once. */
function methodConfig({ QUARTET_GATEWAY_RETRIES: retries, QUARTET_GATEWAY_HEDGE_MS: hedgeMs }: Settings): unknown[] {
  const names = [...idempotentMethods()].map(([path, level]) => ({ name: { service: path.split('/')[1], method: path.split('/')[2] }, level }));
  const hedged = hedgeMs > 0 ? names.filter(({ level }) => level === 'none') : [];
  const retried = retries > 0 ? names.filter((name) => !hedged.includes(name)) : [];
  // Only what no answer came for: a server that began to answer is never asked again, which grpc-js sees to.
  const codes = ['UNAVAILABLE'];
  return [
    ...(hedged.length > 0 ? [{ name: hedged.map(({ name }) => name), hedgingPolicy: { maxAttempts: 2, hedgingDelay: seconds(hedgeMs), nonFatalStatusCodes: codes } }] : []),
    ...(retried.length > 0
      ? [{ name: retried.map(({ name }) => name), retryPolicy: { maxAttempts: retries + 1, initialBackoff: '0.05s', maxBackoff: '1s', backoffMultiplier: 2, retryableStatusCodes: codes } }]
      : []),
  ];
}

function loadBalancing({ QUARTET_GATEWAY_EJECT_PERCENT: percent }: Settings): unknown[] {
  const childPolicy = [{ [WATCHED_ROUND_ROBIN]: {} }];
  if (percent === 0) return childPolicy;
  const ejection = { threshold: percent, enforcement_percentage: 100, minimum_hosts: 2, request_volume: 50 };
  // max_ejection_percent 10: one replica of up to ten. A caller whose own mistakes fail everywhere can't empty the list.
  // grpc-js takes these durations as objects only; of a policy that it can't read it says nothing and falls back to one replica.
  const duration = (of: number) => ({ seconds: of, nanos: 0 });
  const config = { interval: duration(10), base_ejection_time: duration(30), max_ejection_time: duration(300), max_ejection_percent: 10 };
  return [{ outlier_detection: { ...config, failure_percentage_ejection: ejection, child_policy: childPolicy } }];
}

/** How grpc-js spreads, repeats and hedges calls to the replicas of a service: gRFCs A6 and A50. */
export function serviceConfig(settings: Settings): string {
  const budget = settings.QUARTET_GATEWAY_RETRY_BUDGET;
  return JSON.stringify({
    loadBalancingConfig: loadBalancing(settings),
    methodConfig: methodConfig(settings),
    ...(budget > 0 ? { retryThrottling: { maxTokens: budget, tokenRatio: 0.1 } } : {}),
  });
}
