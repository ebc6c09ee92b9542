import type { DescField } from '@bufbuild/protobuf';

/** `learning_rate`: `Learning rate` */
export function titleOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const nameOf = (field: DescField): string => `${field.parent.typeName}.${field.name}`;

/** What a person has no use for. */
export const isHidden = (field: DescField): boolean => field.name === 'idempotency_key';

/** `OPTIMIZER_ADAM_W` of the enum OPTIMIZER: `adam w` */
export function valueTitle(name: string, prefix: string): string {
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return rest === 'UNSPECIFIED' ? 'default' : rest.toLowerCase().replaceAll('_', ' ');
}
