import { getPriority, setPriority } from 'node:os';

/** Makes this process yield to others, as `nice` does. One that yields more already stays as it is: to be raised takes a privilege. */
export function lowerPriority(niceness: number): void {
  if (getPriority() < niceness) setPriority(niceness);
}
