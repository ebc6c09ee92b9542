import { useEffect, useState } from 'react';
import type { TrainingEvent } from '../generated/quartet/training/v1/training_pb';
import { api } from './clients';
import { failureOf, isCancelled, isLostConnection, type Failure } from './errors';
import { useSession } from './session';

/** Events come in bursts; a page is drawn at most so often. */
const DRAW_MS = 250;
const RETRY_MS = 1000;

export interface JobEvents {
  events: readonly TrainingEvent[];
  /** The job has ended and all its events are here. */
  ended: boolean;
  failure: Failure | undefined;
}

/** All events of a job, then new ones as they come. After a lost connection it goes on behind the last one that came. */
export function useJobEvents(id: string | undefined): JobEvents {
  const { generation } = useSession();
  const [state, setState] = useState<{ id: string | undefined } & JobEvents>({ id, events: [], ended: false, failure: undefined });

  useEffect(() => {
    if (!id) return;
    const abort = new AbortController();
    const events: TrainingEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = (more: Partial<JobEvents> = {}) => {
      clearTimeout(timer);
      timer = undefined;
      if (!abort.signal.aborted) setState({ id, events: [...events], ended: false, failure: undefined, ...more });
    };
    const follow = async (): Promise<void> => {
      try {
        for await (const event of api.training.watchJob({ id, afterSequence: events.at(-1)?.sequence ?? 0n }, { signal: abort.signal })) {
          events.push(event);
          timer ??= setTimeout(draw, DRAW_MS);
        }
        draw({ ended: true });
      } catch (error) {
        if (abort.signal.aborted || isCancelled(error)) return;
        const failure = failureOf(error);
        draw(isLostConnection(error) ? {} : { failure });
        if (isLostConnection(error) || failure.code === 'UNAVAILABLE') setTimeout(() => abort.signal.aborted || void follow(), RETRY_MS);
      }
    };
    void follow();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [id, generation]);

  return state.id === id ? state : { events: [], ended: false, failure: undefined };
}
