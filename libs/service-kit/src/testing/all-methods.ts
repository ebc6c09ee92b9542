import type { CallContext, Implementation, MethodShape, ServiceShape } from '../server';

/** A handler for each method of a service, made from the method: tests of servers need one of a service that exists, whichever methods it has. */
export function allMethods<D extends ServiceShape>(definition: D, make: (method: MethodShape) => (input: never, ctx: CallContext) => unknown): Implementation<D> {
  return Object.fromEntries(Object.entries(definition).map(([name, method]) => [name, make(method)])) as unknown as Implementation<D>;
}
