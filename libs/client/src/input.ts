/**
 * What a caller may hand in for a message `T`: any subset of its fields, at any depth. 64-bit integers are taken as
 * bigint, number or decimal text, and bytes as any Uint8Array; the message's own `fromPartial` fills in the rest.
 */
export type Input<T> = T extends bigint
  ? bigint | number | string
  : T extends Uint8Array
    ? Uint8Array
    : T extends Date | string | number | boolean | undefined
      ? T
      : T extends readonly (infer U)[]
        ? readonly Input<U>[]
        : T extends { $case: infer C; value: infer V }
          ? { $case: C; value: Input<V> }
          : { [K in keyof T]?: Input<T[K]> };

/** The part of a generated message's companion object that makes a whole message of an input. */
export interface MessageType<T> {
  fromPartial(object: never): T;
}

export function toMessage<T>(type: MessageType<T>, input: Input<T>): T {
  return type.fromPartial(input as never);
}
