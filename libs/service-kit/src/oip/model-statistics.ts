import type { inference } from '@quartet/contracts';
import type { CallScope } from '../family/architecture-family';
import type { Duration, VersionStatistics } from '../family/serving/statistics';
import type { CallContext } from '../server/handlers';
import type { Host } from './host';
import { modelRefOf } from './model-ref';

/** The counts of one version, of all of a model's that were called, or of all that were called. */
export async function statisticsOf({ runtime, serving: { statistics } }: Host, { name, version }: inference.ModelStatisticsRequest, call: CallScope & Pick<CallContext, 'permits'>): Promise<inference.ModelStatisticsResponse> {
  if (name === '') return { modelStats: statistics.all.filter(({ model }) => call.permits(model)).map(toProto) };
  const called = version === '' ? statistics.all.filter(({ model }) => model === name) : [];
  if (called.length > 0) return { modelStats: called.map(toProto) };
  // One that was never called has counts of 0; one that isn't there is an error.
  const resolved = await runtime.resolve(modelRefOf(name, version), call);
  return { modelStats: [toProto(statistics.of(resolved))] };
}

const NANOSECONDS = 1e6;

const duration = ({ count, ms }: Duration): inference.StatisticDuration => ({ count: BigInt(count), ns: BigInt(Math.max(0, Math.round(ms * NANOSECONDS))) });
const NONE: inference.StatisticDuration = { count: 0n, ns: 0n };

function toProto(of: VersionStatistics): inference.ModelStatistics {
  return {
    name: of.model,
    version: `${of.version}`,
    lastInference: BigInt(of.lastInference),
    inferenceCount: BigInt(of.inferences),
    executionCount: BigInt(of.executions),
    inferenceStats: {
      success: duration(of.success),
      fail: duration(of.fail),
      queue: duration(of.queue),
      computeInput: duration(of.input),
      computeInfer: duration(of.infer),
      computeOutput: duration(of.output),
      cacheHit: NONE,
      cacheMiss: NONE,
    },
    batchStats: [...of.batches]
      .sort(([a], [b]) => a - b)
      .map(([size, { input, infer, output }]) => ({ batchSize: BigInt(size), computeInput: duration(input), computeInfer: duration(infer), computeOutput: duration(output) })),
    memoryUsage: [],
    responseStats: {},
  };
}
