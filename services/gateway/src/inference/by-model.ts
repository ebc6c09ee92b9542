import type { ServerDuplexStream } from '@grpc/grpc-js';
import { beginCall, toStatus, type CallContext, type CallEnvironment } from '@quartet/service-kit';
import { always } from '../destination';
import { firstMessage } from '../first-message';
import type { Admission } from '../proxy';
import { proxyUnary } from '../proxy-unary';
import { readTexts } from '../wire';
import type { Workload } from '../workload';

/** Finds the pods of a model: its own, or those of its family. @throws QuartetError MODEL_NOT_FOUND, ... */
export type FindWorkload = (model: string, call: Pick<CallContext, 'metadata'>) => Promise<Workload>;

export interface ByModelOptions {
  find: FindWorkload;
  admit: Admission;
  /** Fields of the request that may hold the model's name; the first that does counts. */
  nameFields: readonly number[];
  /** Fields that tell which of the service's queues the request joins; unset: none. */
  queueFields?: readonly number[];
  /** What the gateway answers by itself to a request without a name. Default: the error that the name is empty. */
  withoutName?: (call: CallContext) => Promise<Buffer>;
  /** What it answers where no service is found: rethrows, or has an answer. */
  notFound?: (error: unknown) => Buffer;
}

/** The handler of a method with one request: passes the call on, as it is, to the pods of the model that the request names. */
export function byModel(path: string, { find, admit, nameFields, queueFields, withoutName, notFound }: ByModelOptions, environment: CallEnvironment): (call: ServerDuplexStream<Buffer, Buffer>) => void {
  const queueOf = queueFields && ((message: Buffer) => readTexts(message, queueFields).join(' '));
  const route = async (call: ServerDuplexStream<Buffer, Buffer>) => {
    const active = beginCall(call, path, environment);
    const answer = (bytes: Buffer): void => {
      call.write(bytes);
      call.end();
    };
    try {
      active.refuseIfOver();
      const names = readTexts(await firstMessage(call, active.ctx.signal), nameFields);
      const name = names.find((each) => each !== '') ?? '';
      if (name === '' && withoutName) return answer(await withoutName(active.ctx));
      const workload = await find(name, active.ctx).catch((error: unknown) => {
        if (!notFound) throw error;
        answer(notFound(error));
      });
      if (workload) proxyUnary(path, always(workload, queueOf), environment, admit)(call);
    } catch (error) {
      call.emit('error', toStatus(error, active.ctx.log));
    } finally {
      active.end();
    }
  };
  return (call) => void route(call);
}
