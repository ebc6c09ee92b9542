import { QuartetError, type inference } from '@quartet/contracts';
import type { CallContext } from '../server/handlers';
import { orAborted } from '../server/or-aborted';

/** What a stream waits for: the answer that is next in order, or another request. */
type Event = { response: inference.ModelStreamInferResponse } | { received: IteratorResult<inference.ModelInferRequest> };

/** Requests of one stream that are under way at once: enough to fill batches, few enough to hold nothing back in memory. */
const UNDER_WAY = 32;

/**
 * Answers a stream's requests in their order, several at a time. One that fails is answered with its error and ends nothing; what a
 * caller who reads slowly hasn't taken yet holds new requests up. A stream that waits for requests ends when the process begins to drain.
 * @throws QuartetError DRAINING
 */
export async function* answerInOrder(
  requests: AsyncIterable<inference.ModelInferRequest>,
  answer: (request: inference.ModelInferRequest) => Promise<inference.ModelInferResponse>,
  { draining }: Pick<CallContext, 'draining'>,
): AsyncGenerator<inference.ModelStreamInferResponse> {
  const pending: Promise<inference.ModelStreamInferResponse>[] = [];
  const source = requests[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<inference.ModelInferRequest>> | undefined = read(source);
  while (next || pending.length > 0) {
    const [first] = pending;
    const reading = pending.length < UNDER_WAY ? next : undefined;
    const events: Promise<Event>[] = [];
    if (first) events.push(first.then((response) => ({ response })));
    if (reading) events.push(reading.then((received) => ({ received })));
    const soonest = Promise.race(events);
    // What is under way is finished; a drain ends the wait for more.
    const event = await (first ? soonest : orAborted(soonest, draining));
    if ('response' in event) {
      void pending.shift();
      yield event.response;
    } else if (event.received.done) {
      next = undefined;
    } else {
      pending.push(settled(event.received.value, answer));
      next = read(source);
    }
  }
}

/** A read that may fail when nobody waits for it any longer: the call is over then, and its end is told elsewhere. */
function read<T>(source: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = source.next();
  next.catch(() => undefined);
  return next;
}

/** Never rejects. */
async function settled(request: inference.ModelInferRequest, answer: (request: inference.ModelInferRequest) => Promise<inference.ModelInferResponse>): Promise<inference.ModelStreamInferResponse> {
  try {
    const response = await answer(request);
    return { errorMessage: '', inferResponse: { ...response, parameters: { ...response.parameters, ...FINAL } } };
  } catch (error) {
    return failed(request, error);
  }
}

const FINAL: Record<string, inference.InferParameter> = { triton_final_response: { parameterChoice: { $case: 'boolParam', value: true } } };

/** An error as the stream's answer: the reason's name first, since there is no status to tell it. */
export function failed({ id, modelName, modelVersion }: Pick<inference.ModelInferRequest, 'id' | 'modelName' | 'modelVersion'>, error: unknown): inference.ModelStreamInferResponse {
  const known = QuartetError.is(error) && error.reason !== 'INTERNAL';
  const errorMessage = known ? `${error.reason}: ${error.message}` : 'INTERNAL: the service failed in a way that is not the caller\'s fault';
  return { errorMessage, inferResponse: { modelName, modelVersion, id, parameters: FINAL, outputs: [], rawOutputContents: [] } };
}
