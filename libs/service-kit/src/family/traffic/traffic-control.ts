import { Metadata } from '@grpc/grpc-js';
import { QuartetError, type Canary, type ModelRef, type Shadow, type Traffic, type Version } from '@quartet/contracts';
import type { QuartetClient } from '@quartet/client';
import type { Logger } from '../../logging/logger';
import type { CallContext } from '../../server/handlers';
import { recordShadow } from '../../telemetry/metrics';
import type { CallScope } from '../architecture-family';
import { DEFAULT_LABEL } from '../serving/label-table';
import { PRIORITY_KEY } from '../serving/priority';
import { brief } from '../retry';
import { CanaryJudge } from './canary-judge';
import { goesToCanary } from './choose';
import { disagreement } from './disagreement';
import type { ReadSignals } from './signals';
import type { CallWatch, WatchedCall } from './watched-calls';

/** Metadata keys: which label a call is for that names none, and what it is to be decided by. */
export const LABEL_KEY = 'quartet-label';
export const ROUTING_KEY = 'quartet-routing-key';

/** Copies of calls under way; beyond it none are made: a slow shadow must not fill the queue. */
const MAX_SHADOWS = 4;
const SHADOW_MS = 30_000;

export interface TrafficControlOptions {
  registry: QuartetClient;
  log: Logger;
  /** Finds a version that a label points at here. */
  labelled(model: string, label: string): Version | undefined;
  isLoaded(version: Version): boolean;
  /** Of the family. */
  signals: ReadSignals | undefined;
}

interface Rule {
  canary: Canary | undefined;
  shadow: Shadow | undefined;
  judge: CanaryJudge;
  /** This process has asked for its end. */
  over: boolean;
  updatedAt: number | undefined;
}

const text = (metadata: Metadata | undefined, key: string): string | undefined => {
  const value = metadata?.get(key)[0];
  return value === undefined || value === '' ? undefined : String(value);
};

/** Shares the calls for a model out among its versions, compares them, and ends a canary that does worse than production. */
export class TrafficControl implements CallWatch {
  readonly #options: TrafficControlOptions;
  readonly #calls = new WeakMap<AbortSignal, WatchedCall>();
  #rules = new Map<string, Rule>();
  #shadows = 0;

  constructor(options: TrafficControlOptions) {
    this.#options = options;
  }

  /** Takes over what the registry says. A canary that goes on keeps what was measured of it. */
  update(traffic: readonly Traffic[]): void {
    const before = this.#rules;
    this.#rules = new Map(
      traffic.map(({ model, canary, shadow, updatedAt }) => {
        const known = before.get(model);
        const at = updatedAt?.getTime();
        const same = known !== undefined && known.canary?.version === canary?.version && JSON.stringify(known.canary?.rollback) === JSON.stringify(canary?.rollback);
        // One that was ended here and is set anew begins anew.
        const kept = same && (!known.over || known.updatedAt === at) ? known : undefined;
        return [model, { canary, shadow, judge: kept?.judge ?? new CanaryJudge(canary?.rollback), over: kept?.over ?? false, updatedAt: at }];
      }),
    );
  }

  /** The reference that a call means, where it names neither version nor label. */
  route(ref: ModelRef, call: CallScope): ModelRef {
    const instead = this.#calls.get(call.signal)?.instead;
    if (instead?.model === ref.name) return { ...ref, target: { $case: 'version', value: instead.version } };
    if (ref.target && !(ref.target.$case === 'label' && ref.target.value === '')) return ref;
    const label = text(call.metadata, LABEL_KEY);
    if (label !== undefined) return { ...ref, target: { $case: 'label', value: label } };
    const rule = this.#rules.get(ref.name);
    if (!rule?.canary || rule.over || !goesToCanary(ref.name, rule.canary, text(call.metadata, ROUTING_KEY))) return ref;
    const version = this.#options.labelled(ref.name, 'canary');
    // Until it is in memory, production answers for it.
    if (!version || version.version !== rule.canary.version || !this.#options.isLoaded(version)) return ref;
    return { ...ref, target: { $case: 'version', value: version.version } };
  }

  /** What a call's reference was resolved to. */
  resolved(version: Version, call: CallScope): void {
    const watched = this.#calls.get(call.signal);
    if (watched) watched.version ??= version;
  }

  begin(context: CallContext): WatchedCall {
    const call: WatchedCall = {};
    this.#calls.set(context.signal, call);
    return call;
  }

  ended({ version }: WatchedCall, error: unknown, ms: number | undefined): void {
    if (!version) return;
    const rule = this.#rules.get(version.model);
    if (!rule?.canary || rule.over || (QuartetError.is(error) && error.reason === 'CANCELLED')) return;
    const side = this.#sideOf(version, rule.canary);
    if (!side) return;
    rule.judge.record(side, error !== undefined, ms);
    this.#judge(version.model, rule);
  }

  answered({ version }: WatchedCall, context: CallContext, response: unknown, ms: number, again: (context: CallContext) => Promise<unknown>): void {
    if (!version) return;
    const rule = this.#rules.get(version.model);
    if (rule?.canary) this.#observe(rule, rule.canary, version, context, response);
    if (!rule?.shadow || this.#shadows >= MAX_SHADOWS || Math.random() * 100 >= rule.shadow.percent) return;
    if (this.#options.labelled(version.model, DEFAULT_LABEL)?.version !== version.version) return;
    const shadow = this.#options.labelled(version.model, 'shadow');
    if (!shadow || shadow.version !== rule.shadow.version || !this.#options.isLoaded(shadow)) return;
    this.#shadows += 1;
    void this.#compare(rule, shadow, context, response, ms, again).finally(() => (this.#shadows -= 1));
  }

  /** What the answer says of its model; the next call's end decides on it. Nothing is read of the answers of a model without a canary. */
  #observe(rule: Rule, canary: Canary, version: Version, { method }: CallContext, response: unknown): void {
    const side = this.#options.signals && !rule.over && this.#sideOf(version, canary);
    if (!side) return;
    try {
      rule.judge.recordSignals(side, this.#options.signals!(version, method, response));
    } catch (error) {
      // The answer is the caller's, whatever can't be read of it.
      this.#options.log.error({ ...brief(error), method }, 'no signals could be read of an answer');
    }
  }

  async #compare(rule: Rule, shadow: Version, context: CallContext, response: unknown, ms: number, again: (context: CallContext) => Promise<unknown>): Promise<void> {
    const metadata = new Metadata();
    metadata.set(PRIORITY_KEY, '-9');
    const copy: CallContext = { ...context, metadata, signal: AbortSignal.timeout(SHADOW_MS), deadline: new Date(Date.now() + SHADOW_MS), traceparent: undefined, sendHeaders: () => undefined };
    this.#calls.set(copy.signal, { instead: shadow });
    const started = performance.now();
    const key = `${shadow.model}/${shadow.version}`;
    try {
      const other = await again(copy);
      const [share, shadowMs] = [disagreement(response, other), performance.now() - started];
      recordShadow({ model: key }, share, shadowMs);
      this.#options.log.debug({ shadow: key, disagreement: share, ms: shadowMs, productionMs: ms }, 'shadow compared');
      if (rule.canary?.version !== shadow.version) return;
      rule.judge.recordDisagreement(share);
      this.#judge(shadow.model, rule);
    } catch (error) {
      this.#options.log.warn({ ...brief(error), shadow: key }, 'shadow failed');
    }
  }

  #sideOf({ model, version }: Version, canary: Canary): 'canary' | 'production' | undefined {
    if (version === canary.version) return 'canary';
    return this.#options.labelled(model, DEFAULT_LABEL)?.version === version ? 'production' : undefined;
  }

  /** Rolls the canary back if it does worse. Here it gets no call from now on; the registry tells the others. */
  #judge(model: string, rule: Rule): void {
    const reason = rule.over ? undefined : rule.judge.verdict();
    if (reason === undefined || !rule.canary) return;
    rule.over = true;
    const canary = `${model}/${rule.canary.version}`;
    this.#options.log.warn({ canary, reason }, 'canary rolled back');
    this.#options.registry.models.rollback({ model, canaryVersion: rule.canary.version, reason }).catch((error: unknown) => {
      // WRONG_STATE: another replica was first. Otherwise the next call tries again.
      if (QuartetError.is(error) && error.reason === 'WRONG_STATE') return;
      rule.over = false;
      this.#options.log.error({ ...brief(error), canary }, 'the registry could not be told of the rollback; trying again');
    });
  }
}
