import { useSyncExternalStore } from 'react';

/** What all pages share: who calls, and whether the gateway answers. */
export interface Session {
  /** Bearer token; empty: none. */
  token: string;
  /** The gateway asks for a token, or for another one: what it said. */
  signIn: string | undefined;
  /** Undefined while the gateway answers; else since when it doesn't. */
  lostAt: number | undefined;
  /** Grows with each new connection or token; whoever shows something asks for it again. */
  generation: number;
}

const KEY = 'quartet-token';
const listeners = new Set<() => void>();
// The session's storage is the tab's own, and gone with it.
let state: Session = { token: sessionStorage.getItem(KEY) ?? '', signIn: undefined, lostAt: undefined, generation: 0 };

export const session = (): Session => state;

function change(next: Partial<Session>): void {
  state = { ...state, ...next };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useSession = (): Session => useSyncExternalStore(subscribe, session);

export function setToken(token: string): void {
  if (token === '') sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
  change({ token, signIn: undefined, generation: state.generation + 1 });
}

export function askToSignIn(why: string): void {
  if (state.signIn !== why) change({ signIn: why });
}

export const dismissSignIn = (): void => change({ signIn: undefined });

export function connectionLost(): void {
  if (state.lostAt === undefined) change({ lostAt: Date.now() });
}

export function connectionBack(): void {
  if (state.lostAt !== undefined) change({ lostAt: undefined, generation: state.generation + 1 });
}
