import { useCallback, useEffect, useRef, useState, type DependencyList } from 'react';
import { failureOf, isCancelled, isLostConnection, type Failure } from './errors';
import { useSession } from './session';

export interface Live<T> {
  /** What came last; stays while the connection is lost. */
  data: T | undefined;
  failure: Failure | undefined;
  loading: boolean;
  reload: () => void;
}

/**
 * Asks for something, again every `everyMs` (0: only once), when `deps` change, and when a lost connection is back.
 */
export function useLive<T>(ask: (signal: AbortSignal) => Promise<T>, deps: DependencyList, everyMs = 0): Live<T> {
  const { generation } = useSession();
  const [state, setState] = useState<Omit<Live<T>, 'reload'>>({ data: undefined, failure: undefined, loading: true });
  const [asked, setAsked] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;

  useEffect(() => setState({ data: undefined, failure: undefined, loading: true }), deps);
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      try {
        const data = await latest.current(abort.signal);
        if (!abort.signal.aborted) setState({ data, failure: undefined, loading: false });
      } catch (error) {
        if (abort.signal.aborted || isCancelled(error)) return;
        // The page says that the connection is lost, in one place; what was shown stays.
        setState((before) => (isLostConnection(error) ? { ...before, loading: before.data === undefined } : { ...before, failure: failureOf(error), loading: false }));
      }
      if (everyMs > 0 && !abort.signal.aborted) timer = setTimeout(() => void run(), everyMs);
    };
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [...deps, generation, asked, everyMs]);

  return { ...state, reload: useCallback(() => setAsked((n) => n + 1), []) };
}

export interface Action<A extends unknown[]> {
  run: (...args: A) => Promise<void>;
  busy: boolean;
  failure: Failure | undefined;
  clear: () => void;
}

/** Something that a person asks for by a button. */
export function useAction<A extends unknown[]>(work: (...args: A) => Promise<void>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const run = async (...args: A) => {
    setBusy(true);
    setFailure(undefined);
    try {
      await work(...args);
    } catch (error) {
      if (!isCancelled(error)) setFailure(failureOf(error));
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, failure, clear: () => setFailure(undefined) };
}
