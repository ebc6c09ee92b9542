import { inference, QuartetError } from '@quartet/contracts';
import { answerInOrder } from './stream';

const request = (id: string) => inference.ModelInferRequest.fromPartial({ modelName: 'm', id });
const response = ({ id }: inference.ModelInferRequest) => inference.ModelInferResponse.fromPartial({ modelName: 'm', id });

/** Requests that come when they are sent, and a count of those that were asked for. */
function source() {
  const waiting: ((result: IteratorResult<inference.ModelInferRequest>) => void)[] = [];
  const sent: inference.ModelInferRequest[] = [];
  const counts = { asked: 0 };
  const iterable: AsyncIterable<inference.ModelInferRequest> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        counts.asked += 1;
        const value = sent.shift();
        return value ? Promise.resolve({ value, done: false }) : new Promise((resolve) => waiting.push(resolve));
      },
    }),
  };
  const send = (id: string): void => {
    const value = request(id);
    const wake = waiting.shift();
    if (wake) wake({ value, done: false });
    else sent.push(value);
  };
  return { iterable, send, counts };
}

const turns = async () => {
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('answerInOrder', () => {
  test('keeps the order, whichever request is done first', async () => {
    const { iterable, send } = source();
    const done = new Map<string, () => void>();
    const stream = answerInOrder(iterable, (each) => new Promise((resolve) => done.set(each.id, () => resolve(response(each)))), { draining: new AbortController().signal });
    const first = stream.next();
    for (const id of ['1', '2', '3']) send(id);
    await turns();
    expect([...done.keys()]).toEqual(['1', '2', '3']);
    for (const id of ['3', '2', '1']) done.get(id)!();
    const ids = [await first, await stream.next(), await stream.next()].map(({ value }) => (value as inference.ModelStreamInferResponse).inferResponse!.id);
    expect(ids).toEqual(['1', '2', '3']);
  });

  test('takes no more requests than it can have under way while nobody reads', async () => {
    const { iterable, send, counts } = source();
    const stream = answerInOrder(iterable, async (each) => response(each), { draining: new AbortController().signal });
    for (let id = 0; id < 200; id++) send(`${id}`);
    await stream.next();
    await turns();
    expect(counts.asked).toBeLessThan(40);
  });

  test('ends when the process drains, after what is under way', async () => {
    const { iterable, send } = source();
    const drain = new AbortController();
    let finish = () => {};
    const stream = answerInOrder(iterable, (each) => new Promise((resolve) => (finish = () => resolve(response(each)))), { draining: drain.signal });
    const answer = stream.next();
    send('1');
    await turns();
    drain.abort(new QuartetError('DRAINING', 'going away'));
    await turns();
    finish();
    expect((await answer).value).toMatchObject({ errorMessage: '', inferResponse: { id: '1' } });
    await expect(stream.next()).rejects.toMatchObject({ reason: 'DRAINING' });
  });

  test("an error is told by its reason, one of ours without its text", async () => {
    async function* requests() {
      yield request('1');
      yield request('2');
    }
    const errors = [new QuartetError('NOT_FINITE', 'received NaN'), new TypeError('secret')];
    const answers: inference.ModelStreamInferResponse[] = [];
    for await (const each of answerInOrder(requests(), () => Promise.reject(errors.shift()!), { draining: new AbortController().signal })) answers.push(each);
    expect(answers.map(({ errorMessage, inferResponse }) => [inferResponse!.id, errorMessage])).toEqual([
      ['1', 'NOT_FINITE: received NaN'],
      ['2', "INTERNAL: the service failed in a way that is not the caller's fault"],
    ]);
  });
});
