// The load, in a process of its own: Quartet's CNN service is asked over one channel with messages that were encoded once. Reads a JSON request a line,
// each answered by a line:
// - ready {address, model, images, limitMs} -> {}: once a request has been answered
// - closed {callers, seconds, deadlineMs} -> load: each of so many callers sends its next request when it has its answer
// - rate {rate, seconds, deadlineMs} -> load: requests are sent at even intervals, whether answers have come or not
// A load is {seconds, sent, ok, okMs, refused, refusedMs, withoutDelay, refusals, others, lateMs, clientCpu, windows}: times as {p50, p99, most} in ms; refused:
// RESOURCE_EXHAUSTED, withoutDelay of them lack RetryInfo; refusals: these by words; others: other failures by code and words; lateMs: how much after its time a request was sent; clientCpu:
// processor seconds a second of this process; windows: what was sent in each second {ok, okMs}.
const { createInterface } = require('node:readline');
const { setTimeout: sleep } = require('node:timers/promises');
const { Client, credentials, Metadata, status } = require('@grpc/grpc-js');
const { cnn, errorDetails, rpc } = require('@quartet/contracts');
const { tensorFromUint8 } = require('@quartet/client');
const { mnist } = require('@quartet/service-kit/dist/platform-testing/digits');

const PATH = '/quartet.cnn.v1.CnnService/Classify';
const VARIANTS = 16;
const asIs = (bytes) => bytes;
let client;
let requests;

/** Without a policy of retries: what the server says is what counts. A request that met the end of an old connection, which no server has looked at, grpc sends once more by itself. */
const send = (at, deadlineMs) =>
  new Promise((resolve) => {
    const began = performance.now();
    client.makeUnaryRequest(PATH, asIs, asIs, requests[at % VARIANTS], new Metadata(), { deadline: Date.now() + deadlineMs }, (error) => resolve({ error, ms: performance.now() - began }));
  });

async function ready({ address, model, images, limitMs }) {
  client = new Client(address, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0, 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 200 });
  const digits = await mnist('t10k', images + VARIANTS);
  requests = Array.from({ length: VARIANTS }, (_, at) => {
    const batch = tensorFromUint8(digits.images.slice(at * 784, (at + images) * 784), [images, 28, 28, 1]);
    return Buffer.from(cnn.ClassifyRequest.encode(cnn.ClassifyRequest.fromPartial({ model: { name: model }, input: { $case: 'batch', value: batch } })).finish());
  });
  for (const began = Date.now(); ; await sleep(50)) {
    const { error } = await send(0, 5000);
    if (!error) return {};
    if (Date.now() - began > limitMs) throw new Error(`no answer within ${limitMs} ms; the last error: ${error.message}`);
  }
}

function hasDelay(error) {
  const [details] = error.metadata?.get('grpc-status-details-bin') ?? [];
  return details !== undefined && rpc.Status.decode(details).details.some(({ typeUrl, value }) => typeUrl.endsWith('RetryInfo') && errorDetails.RetryInfo.decode(value).retryDelay !== undefined);
}

function timesOf(list) {
  const sorted = Float64Array.from(list).sort();
  const at = (share) => (sorted.length === 0 ? null : Number(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(2)));
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** With numbers left out, so that few kinds remain. */
function count(kinds, error) {
  const kind = `${status[error.code]}: ${error.details.replace(/\d+(\.\d+)?/g, 'N').slice(0, 120)}`;
  kinds[kind] = (kinds[kind] ?? 0) + 1;
}

class Account {
  began = performance.now();
  cpu = process.cpuUsage();
  sent = 0;
  ok = [];
  refused = [];
  late = [];
  withoutDelay = 0;
  refusals = {};
  others = {};
  windows = [];

  async one(deadlineMs) {
    const window = (this.windows[Math.floor((performance.now() - this.began) / 1000)] ??= []);
    const { error, ms } = await send(this.sent++, deadlineMs);
    if (!error) {
      this.ok.push(ms);
      window.push(ms);
    } else if (error.code === status.RESOURCE_EXHAUSTED) {
      this.refused.push(ms);
      if (!hasDelay(error)) this.withoutDelay += 1;
      count(this.refusals, error);
    } else {
      count(this.others, error);
    }
  }

  /** @param seconds during which was sent */
  result(seconds) {
    const { user, system } = process.cpuUsage(this.cpu);
    const wall = (performance.now() - this.began) / 1000;
    const windows = Array.from(this.windows, (list = []) => ({ ok: list.length, okMs: timesOf(list) }));
    return {
      seconds, sent: this.sent, ok: this.ok.length, okMs: timesOf(this.ok), refused: this.refused.length, refusedMs: timesOf(this.refused),
      withoutDelay: this.withoutDelay, refusals: this.refusals, others: this.others, lateMs: timesOf(this.late), clientCpu: Number(((user + system) / 1e6 / wall).toFixed(3)), windows,
    };
  }
}

async function closed({ callers, seconds, deadlineMs }) {
  const account = new Account();
  const until = performance.now() + seconds * 1000;
  const caller = async () => {
    while (performance.now() < until) await account.one(deadlineMs);
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return account.result((performance.now() - account.began) / 1000);
}

async function rate({ rate: perSecond, seconds, deadlineMs }) {
  const account = new Account();
  const count = Math.round(perSecond * seconds);
  const under = [];
  while (account.sent < count) {
    // All that is due: timers are good to a millisecond only.
    while (account.sent < count && account.began + (account.sent / perSecond) * 1000 <= performance.now()) {
      account.late.push(performance.now() - account.began - (account.sent / perSecond) * 1000);
      under.push(account.one(deadlineMs));
    }
    await sleep(1);
  }
  await Promise.all(under);
  return account.result(seconds);
}

const operations = { ready, closed, rate };

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    const { op, ...fields } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await operations[op](fields))}\n`);
  }
  process.exit(0);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
