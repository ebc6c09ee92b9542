import { ScalarType, type DescField, type JsonValue } from '@bufbuild/protobuf';
import { NativeSelect, TextInput } from '@mantine/core';
import { titleOf, valueTitle } from './field-names';

interface Props {
  field: DescField;
  value: JsonValue | undefined;
  onChange: (value: JsonValue | undefined) => void;
  comment: string | undefined;
}

const WHOLE = new Set([ScalarType.INT32, ScalarType.UINT32, ScalarType.SINT32, ScalarType.FIXED32, ScalarType.SFIXED32, ScalarType.INT64, ScalarType.UINT64, ScalarType.SINT64, ScalarType.FIXED64, ScalarType.SFIXED64]);
const isText = (type: ScalarType) => type === ScalarType.STRING || type === ScalarType.BYTES;

/** What is typed, as JSON. What isn't a number stays a text, and is refused with the field's name. */
const parsed = (text: string, type: ScalarType | undefined): JsonValue => (type === undefined || isText(type) || WHOLE.has(type) || text.trim() === '' || !Number.isFinite(Number(text)) ? text : Number(text));

/** A field of one number, text, choice or truth value, or a list of such, separated by commas. Empty: the default. */
export function ScalarField({ field, value, onChange, comment }: Props) {
  const common = { label: titleOf(field.name), description: comment };
  const isList = field.fieldKind === 'list';
  if (field.fieldKind === 'enum' || (isList && field.listKind === 'enum')) {
    const prefix = `${field.enum.name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, '_$&').toUpperCase()}_`;
    const data = [{ value: '', label: 'default' }, ...field.enum.values.filter(({ number }) => number !== 0).map(({ name }) => ({ value: name, label: valueTitle(name, prefix) }))];
    const chosen = isList ? (Array.isArray(value) ? value[0] : undefined) : value;
    return <NativeSelect {...common} data={data} value={typeof chosen === 'string' ? chosen : ''} onChange={({ currentTarget: { value: next } }) => onChange(next === '' ? undefined : isList ? [next] : next)} />;
  }
  if (field.fieldKind === 'scalar' && field.scalar === ScalarType.BOOL) {
    const data = [{ value: '', label: 'default' }, { value: 'true', label: 'yes' }, { value: 'false', label: 'no' }];
    return <NativeSelect {...common} data={data} value={typeof value === 'boolean' ? String(value) : ''} onChange={({ currentTarget: { value: next } }) => onChange(next === '' ? undefined : next === 'true')} />;
  }
  if (field.fieldKind === 'map') return <TextInput {...common} placeholder='{"name": "value"}' value={jsonText(value)} onChange={({ currentTarget: { value: text } }) => onChange(text === '' ? undefined : fromText(text))} />;
  const type = field.fieldKind === 'scalar' || (isList && field.listKind === 'scalar') ? field.scalar : undefined;
  if (isList) {
    const items = Array.isArray(value) ? value.filter((item) => typeof item !== 'object').map(String).join(', ') : '';
    const take = (text: string) => onChange(text.trim() === '' ? undefined : text.split(',').map((item) => parsed(item.trim(), type)));
    return <TextInput key={items === '' ? 'empty' : 'filled'} {...common} placeholder="several, separated by commas" defaultValue={items} onBlur={({ currentTarget: { value: text } }) => take(text)} />;
  }
  return (
    <TextInput
      {...common}
      inputMode={type === undefined || isText(type) ? undefined : 'decimal'}
      value={value === undefined || typeof value === 'object' ? '' : String(value)}
      onChange={({ currentTarget: { value: text } }) => onChange(text === '' ? undefined : isNumberBegun(text, type) ? text : parsed(text, type))}
    />
  );
}

/** `0.`, `1e-`: stays as it was typed until it is a number. */
const isNumberBegun = (text: string, type: ScalarType | undefined): boolean => type !== undefined && !isText(type) && String(Number(text)) !== text;

const jsonText = (value: JsonValue | undefined): string => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

function fromText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
