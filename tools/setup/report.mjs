// What a person sees of the set-up: one line a step that did something, a progress line while a step is slow.

/** A failure that the person can mend: what is wrong, and the command that mends it. */
export class SetupError extends Error {
  constructor(message, remedy) {
    super(message);
    this.remedy = remedy;
  }

  /** Lines for the person. */
  get text() {
    return `${this.message}\n${this.remedy ? `To mend it: ${this.remedy}\n` : ''}`;
  }
}

const QUIET_FOR_MS = 2000;
const PLAIN_LINE_EVERY_MS = 15_000;

/** Prints nothing when `quiet`, except through `warn`, so that `--quiet` keeps standard output for the command that follows. */
export function createReport({ quiet = false, stream = process.stderr } = {}) {
  const say = (line) => quiet || stream.write(`${line}\n`);
  return { say, during: (title, work, detail) => during({ stream, quiet, say }, title, work, detail) };
}

/**
 * Awaits `work()`. After two seconds a progress line appears: renewed in place on a terminal, else printed now and then.
 * `detail()` gives what there is to tell besides the time: "120 MB".
 */
async function during({ stream, quiet, say }, title, work, detail = () => '') {
  const start = Date.now();
  let lastPlain = 0;
  const line = () => {
    const more = detail();
    return `  ${title} ... ${seconds(start)}${more ? `, ${more}` : ''}`;
  };
  const tick = () => {
    if (quiet || Date.now() - start < QUIET_FOR_MS) return;
    if (stream.isTTY) stream.write(`\r\x1b[2K${line()}`);
    else if (lastPlain === 0 || Date.now() - lastPlain >= PLAIN_LINE_EVERY_MS) {
      lastPlain = Date.now();
      say(line());
    }
  };
  const timer = setInterval(tick, 500);
  try {
    const result = await work();
    clear(stream, quiet);
    say(`  ${title}: done in ${seconds(start)}`);
    return result;
  } catch (error) {
    clear(stream, quiet);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

const clear = (stream, quiet) => !quiet && stream.isTTY && stream.write('\r\x1b[2K');
const seconds = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;
