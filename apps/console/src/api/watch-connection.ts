import { api } from './clients';
import { session } from './session';

const ASK_MS = 1000;

/** While the gateway doesn't answer, asks it whether it is back; that it is, the call itself takes note of. */
export function watchConnection(): void {
  setInterval(() => {
    if (session().lostAt !== undefined) api.health.check({}, { timeoutMs: 3000 }).catch(() => undefined);
  }, ASK_MS);
}
