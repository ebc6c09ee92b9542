import { QuartetError, type rnn, type Version } from '@quartet/contracts';
import { Places, type CallScope, type FamilyRuntime } from '@quartet/service-kit';
import { liveModelOf, type LiveSequence } from './live-sequence';
import { decodeState, encodeState } from './state-bytes';

/** What a session knows of its call. */
export type SessionCall = CallScope & { readonly draining: AbortSignal };

const sessions = new WeakMap<FamilyRuntime, Places<'QUARTET_RNN_MAX_SESSIONS'>>();

/** A live sequence: its state stays here between steps, for as long as the call lasts and isn't idle. */
export async function* step(runtime: FamilyRuntime, requests: AsyncIterable<rnn.StepRequest>, call: SessionCall): AsyncGenerator<rnn.StepResponse> {
  const all = sessions.get(runtime) ?? new Places('QUARTET_RNN_MAX_SESSIONS', 'sessions', runtime.settings);
  sessions.set(runtime, all);
  const leave = all.enter();
  const inbox = new Inbox(requests, runtime.settings.QUARTET_RNN_SESSION_IDLE_MS, call.draining);
  try {
    const { version, sequence } = await open(runtime, await inbox.next(), call);
    yield { message: { $case: 'opened', value: { modelVersion: version.version, idleTimeoutMs: inbox.idleMs, steps: BigInt(sequence.state.steps) } } };
    for (;;) {
      const message = await inbox.next();
      if (message === 'ended') return;
      if (message === 'draining') {
        yield { message: { $case: 'state', value: encodeState(sequence.state, version) } };
        throw new QuartetError('DRAINING', 'this process is shutting down; open the session again with the state just sent, another one will take it', { retryAfterMs: 1000 });
      }
      yield await answer(message, version, sequence, call);
    }
  } finally {
    inbox.close();
    leave();
  }
}

async function open(runtime: FamilyRuntime, first: rnn.StepRequest['message'] | 'ended' | 'draining', call: CallScope): Promise<{ version: Version; sequence: LiveSequence }> {
  if (first === 'draining') throw new QuartetError('DRAINING', 'this process is shutting down; open the session again, another one will take it', { retryAfterMs: 1000 });
  if (first === 'ended' || first?.$case !== 'open') {
    throw QuartetError.invalid('open', `received ${first === 'ended' ? 'the end of the stream' : (first?.$case ?? 'an empty message')} first, expected \`open\` with the model`);
  }
  const { model, state } = first.value;
  const version = await runtime.resolve(model, call);
  const live = liveModelOf(runtime, version);
  const start = state.length > 0 ? decodeState(state, version, live.width) : { steps: 0, values: new Float32Array(live.width) };
  return { version, sequence: live.at(start) };
}

async function answer(message: rnn.StepRequest['message'], version: Version, sequence: LiveSequence, call: CallScope): Promise<rnn.StepResponse> {
  switch (message?.$case) {
    case 'values':
    case 'text': {
      const output = await sequence.take(message, call);
      return { message: { $case: 'output', value: { output, steps: BigInt(sequence.state.steps) } } };
    }
    case 'export':
      return { message: { $case: 'state', value: encodeState(sequence.state, version) } };
    case 'open':
      throw QuartetError.invalid('open', 'received again; a call is one session: make another call');
    default:
      throw QuartetError.invalid('message', 'is not set, expected values, text or export');
  }
}

/** The session's messages, as long as they come soon enough. */
class Inbox {
  readonly #messages: AsyncIterator<rnn.StepRequest>;
  readonly #draining: Promise<'draining'>;
  #stopListening = (): void => undefined;

  constructor(
    requests: AsyncIterable<rnn.StepRequest>,
    readonly idleMs: number,
    draining: AbortSignal,
  ) {
    this.#messages = requests[Symbol.asyncIterator]();
    this.#draining = new Promise((resolve) => {
      const tell = (): void => resolve('draining');
      if (draining.aborted) tell();
      draining.addEventListener('abort', tell, { once: true });
      this.#stopListening = () => draining.removeEventListener('abort', tell);
    });
  }

  /** @throws QuartetError DEADLINE_EXCEEDED when the session is idle for too long. */
  async next(): Promise<rnn.StepRequest['message'] | 'ended' | 'draining'> {
    let timer: NodeJS.Timeout | undefined;
    const idle = new Promise<never>((_, reject) => {
      const ended = `the session was idle for ${this.idleMs} ms (QUARTET_RNN_SESSION_IDLE_MS) and has ended; open another, from an exported state if there is one`;
      timer = setTimeout(() => reject(new QuartetError('DEADLINE_EXCEEDED', ended)), this.idleMs);
    });
    const message = this.#messages.next();
    message.catch(() => undefined); // Nobody may be waiting for it any more.
    try {
      const next = await Promise.race([message, this.#draining, idle]);
      if (next === 'draining') return next;
      return next.done ? 'ended' : next.value.message;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#stopListening();
  }
}
