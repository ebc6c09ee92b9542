// A line that says what is being done: renewed in place on a terminal, else one line a model and what is done with it.
const start = Date.now();

export function createProgress(stream = process.stderr) {
  let shown = false;
  return {
    show(text) {
      const line = `${((Date.now() - start) / 1000).toFixed(0).padStart(4)} s  ${text}`;
      stream.write(stream.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
      shown = stream.isTTY;
    },
    end() {
      if (shown) stream.write('\r\x1b[2K');
      shown = false;
    },
  };
}
