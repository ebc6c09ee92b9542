import { BatchQueue, type Entry } from './queue';

type Request = Entry<string, string>;

/** A request that counts how often its times are looked at. */
function request(item: string, fields: Partial<Request> = {}, looks = { count: 0 }): Request {
  const { queued = 0, expires = Infinity } = fields;
  const rest = { item, size: 1, key: '', priority: 0, startBy: 0, resolve: () => {}, reject: () => {}, release: () => {}, ...fields };
  return Object.defineProperties(rest as Request, {
    queued: { get: () => (looks.count++, queued) },
    expires: { get: () => (looks.count++, expires) },
  });
}

describe('BatchQueue', () => {
  test('what each new request asks for takes no longer with a thousand that wait', () => {
    const queue = new BatchQueue<string, string>();
    const looks = { count: 0 };
    for (let at = 0; at < 1000; at++) queue.push(request(`${at}`, { queued: at, expires: 5000 + at }, looks));
    looks.count = 0;
    expect(queue.takeExpired(4999)).toEqual([]);
    expect(queue.examplesBefore(0, 1000)).toBe(1000);
    expect(queue.nextEvent(8, undefined)).toBe(5000);
    queue.push(request('new', { queued: 1000, expires: 9000 }, looks));
    expect(looks.count).toBeLessThan(10);
  });

  test('takes out what has expired, though others that would have expired before it have left', () => {
    const queue = new BatchQueue<string, string>();
    const [first, second, third] = [10, 20, 30].map((expires) => request(`${expires}`, { expires }));
    for (const each of [first!, second!, third!]) queue.push(each);
    expect(queue.remove(first!)).toBe(true);
    expect(queue.takeExpired(15)).toEqual([]);
    expect(queue.nextEvent(8, undefined)).toBe(20);
    expect(queue.takeExpired(20)).toEqual([second]);
    expect(queue.nextEvent(8, undefined)).toBe(30);
    expect([queue.length, queue.examples, queue.remove(second!)]).toEqual([1, 1, false]);
    expect(queue.clear()).toEqual([third]);
    expect(queue.nextEvent(8, undefined)).toBe(Infinity);
  });

  test('counts the examples that go before a request, by its priority, over all keys', () => {
    const queue = new BatchQueue<string, string>();
    queue.push(request('a', { queued: 0, size: 2 }));
    queue.push(request('b', { queued: 1900, size: 4, key: 'x' }));
    queue.push(request('c', { queued: 1900, size: 8, priority: 3 }));
    queue.push(request('d', { queued: 1950, size: 16 }));
    expect([-1, 0, 1, 2, 9].map((priority) => queue.examplesBefore(priority, 2000))).toEqual([30, 30, 10, 10, 0]);
    const batch = queue.takeDue(2000, 10, () => 0, 1);
    expect(batch?.map(({ item }) => item)).toEqual(['c', 'a']);
    expect([queue.length, queue.examples]).toEqual([2, 20]);
  });

  test('a batch takes no more than can be done by the first deadline in it; what is hopeless by itself sets no limit', () => {
    const queue = new BatchQueue<string, string>();
    const costOf = (size: number) => 10 * size;
    for (const [item, expires] of [['hopeless', 5], ['a', 40], ['b', 1000], ['c', 1000], ['d', 1000]] as const) queue.push(request(item, { expires }));
    const next = () => queue.takeDue(0, 8, costOf, Infinity)?.map(({ item }) => item);
    expect(next()).toEqual(['hopeless', 'a', 'b']);
    expect(next()).toEqual(['c', 'd']);
    expect(next()).toBeUndefined();
  });
});
