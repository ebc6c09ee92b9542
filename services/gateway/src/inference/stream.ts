import { once } from 'node:events';
import { status, type ClientDuplexStream, type Metadata, type ServerDuplexStream, type StatusObject } from '@grpc/grpc-js';
import { inference } from '@quartet/contracts';
import { beginCall, failedInStream, orAborted, toStatus, type CallEnvironment, type CallStatus } from '@quartet/service-kit';
import { forwardable } from '../metadata';
import { upstreamStatus, wasAnswered } from '../upstream-status';
import type { ByModelOptions } from './by-model';
import { readTexts } from '../wire';
import type { Workload } from '../workload';

type RawCall = ServerDuplexStream<Buffer, Buffer>;
type RawStream = ClientDuplexStream<Buffer, Buffer>;

/** model_name, model_version and id of a ModelInferRequest. */
const FIELDS = [1, 2, 3];

/**
 * The handler of ModelStreamInfer: each request goes to the pods of its model, over a stream to them that the first such request opens. A
 * caller who reads slowly holds the services up, and a service that reads slowly the caller.
 */
export function streamByModel(path: string, options: Pick<ByModelOptions, 'find' | 'admit'>, environment: CallEnvironment): (call: RawCall) => void {
  return (call) => void new ModelStream(path, options, call, environment).run();
}

class ModelStream {
  readonly #active;
  readonly #streams = new Map<Workload, { stream: RawStream; ended: Promise<void> }>();
  /** Aborted when the stream can't go on; the reason says why. */
  readonly #over = new AbortController();
  #headersSent = false;
  /** Requests that were passed on and aren't answered. */
  #unanswered = 0;

  constructor(
    private readonly path: string,
    private readonly options: Pick<ByModelOptions, 'find' | 'admit'>,
    private readonly call: RawCall,
    environment: CallEnvironment,
  ) {
    this.#active = beginCall(call, path, environment);
  }

  async run(): Promise<void> {
    const { signal, draining, log } = this.#active.ctx;
    const onAbort = () => this.#break(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    // A stream that waits for requests would hold the drain up.
    draining.addEventListener('abort', this.#endIfDrained, { once: true });
    try {
      this.#active.refuseIfOver();
      this.options.admit(this.call.metadata);
      await orAborted(this.#passOn(), this.#over.signal);
      for (const { stream } of this.#streams.values()) stream.end();
      await orAborted(Promise.all([...this.#streams.values()].map(({ ended }) => ended)), this.#over.signal);
      this.call.end();
    } catch (error) {
      for (const { stream } of this.#streams.values()) stream.cancel();
      this.call.emit('error', toStatus(error, log));
    } finally {
      signal.removeEventListener('abort', onAbort);
      draining.removeEventListener('abort', this.#endIfDrained);
      this.#active.end();
    }
  }

  #break(failure: CallStatus | Error): void {
    this.#over.abort(failure);
  }

  readonly #endIfDrained = (): void => {
    const { draining } = this.#active.ctx;
    if (draining.aborted && this.#unanswered === 0) setImmediate(() => this.#break(draining.reason as Error));
  };

  async #passOn(): Promise<void> {
    for await (const bytes of this.call.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const [modelName = '', modelVersion = '', id = ''] = readTexts(bytes, FIELDS);
      try {
        const stream = await this.#streamTo(await this.options.find(modelName, this.#active.ctx), bytes.length);
        this.#unanswered += 1;
        if (!stream.write(bytes)) await orAborted(once(stream, 'drain'), this.#over.signal);
      } catch (error) {
        await this.#send(Buffer.from(inference.ModelStreamInferResponse.encode(failedInStream({ modelName, modelVersion, id }, error)).finish()));
      }
    }
  }

  async #send(bytes: Buffer): Promise<void> {
    if (!this.call.write(bytes)) await orAborted(once(this.call, 'drain'), this.#over.signal);
  }

  async #streamTo(workload: Workload, bytes: number): Promise<RawStream> {
    const known = this.#streams.get(workload);
    if (known) return known.stream;
    const { upstream } = workload;
    const leave = workload.enter();
    try {
      if (!workload.isReady) await workload.untilReady(bytes, this.#over.signal);
    } catch (error) {
      leave();
      throw error;
    }
    const stream = upstream.open(this.path, forwardable(this.call.metadata), this.#active.ctx.deadline);
    const ended = new Promise<void>((resolve) => {
      // The status may be known before the last answers have been passed on; they go first.
      let [sentAll, succeeded] = [false, false];
      const endIfDone = () => sentAll && succeeded && resolve();
      stream.on('metadata', (headers: Metadata) => {
        upstream.note(true);
        if (!this.#headersSent) this.call.sendMetadata(forwardable(headers));
        this.#headersSent = true;
      });
      stream.on('data', (bytes: Buffer) => {
        this.#unanswered -= 1;
        this.#endIfDrained();
        if (this.call.write(bytes)) return;
        stream.pause();
        this.call.once('drain', () => stream.resume());
      });
      stream.on('end', () => {
        sentAll = true;
        endIfDone();
      });
      stream.on('error', () => undefined); // Comes with the status.
      stream.on('status', (end: StatusObject) => {
        leave();
        upstream.note(wasAnswered(end));
        succeeded = end.code === status.OK;
        if (succeeded) endIfDone();
        else this.#break(upstreamStatus(end, upstream, this.path));
      });
    });
    this.#streams.set(workload, { stream, ended });
    return stream;
  }
}
