import type { DescField, DescMessage, DescOneof, JsonObject, JsonValue } from '@bufbuild/protobuf';
import { Button, Checkbox, NativeSelect } from '@mantine/core';
import { isHidden, nameOf, titleOf } from './field-names';
import { ScalarField } from './scalar-field';

interface FormProps {
  message: DescMessage;
  /** In proto3's JSON form; what isn't in it is left to its default. */
  value: JsonObject;
  onChange: (value: JsonObject) => void;
  /** Comments by full name. */
  comments: Record<string, string>;
  /** Names of fields that aren't shown. */
  hide?: readonly string[];
  /** Names of fields of messages that are shown from the start. */
  open?: readonly string[];
}

/** A form for any message of the contract: a field each, with the comment of the proto. */
export function MessageForm({ message, value, onChange, comments, hide = [], open = [] }: FormProps) {
  const set = (field: DescField, next: JsonValue | undefined) => onChange(without({ ...value, ...(next === undefined ? {} : { [field.jsonName]: next }) }, next === undefined ? field : undefined));
  return (
    <div className="thirds">
      {message.members.map((member) => {
        if (member.kind === 'oneof') return <OneofField key={member.name} oneof={member} value={value} onChange={onChange} comments={comments} />;
        if (hide.includes(member.name) || isHidden(member)) return null;
        return <Field key={member.name} field={member} value={value[member.jsonName]} onChange={(next) => set(member, next)} comments={comments} open={open.includes(member.name)} />;
      })}
    </div>
  );
}

const without = (value: JsonObject, field: DescField | undefined): JsonObject => (field ? Object.fromEntries(Object.entries(value).filter(([name]) => name !== field.jsonName)) : value);

/** One of several: which one, and then its own fields. */
function OneofField({ oneof, value, onChange, comments }: { oneof: DescOneof } & Omit<FormProps, 'message' | 'hide' | 'open'>) {
  const chosen = oneof.fields.find(({ jsonName }) => jsonName in value);
  const rest = Object.fromEntries(Object.entries(value).filter(([name]) => !oneof.fields.some(({ jsonName }) => jsonName === name)));
  const options = [{ value: '', label: 'default' }, ...oneof.fields.map((field) => ({ value: field.jsonName, label: titleOf(field.name) }))];
  return (
    <fieldset className="group">
      <legend>{titleOf(oneof.name)}</legend>
      <NativeSelect
        label="Kind"
        data={options}
        value={chosen?.jsonName ?? ''}
        onChange={(event) => {
          const field = oneof.fields.find(({ jsonName }) => jsonName === event.currentTarget.value);
          onChange(field ? { ...rest, [field.jsonName]: field.fieldKind === 'message' ? {} : field.fieldKind === 'scalar' ? '' : 0 } : rest);
        }}
      />
      {chosen && <Field field={chosen} value={value[chosen.jsonName]} onChange={(next) => onChange({ ...rest, [chosen.jsonName]: next ?? {} })} comments={comments} open />}
    </fieldset>
  );
}

interface FieldProps {
  field: DescField;
  value: JsonValue | undefined;
  onChange: (value: JsonValue | undefined) => void;
  comments: Record<string, string>;
  open?: boolean;
}

const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

function Field({ field, value, onChange, comments, open }: FieldProps) {
  if (field.fieldKind === 'list' && field.listKind === 'message') return <ListField field={field} message={field.message} value={value} onChange={onChange} comments={comments} />;
  if (field.fieldKind !== 'message' || field.message.typeName.startsWith('google.protobuf.')) return <ScalarField field={field} value={value} onChange={onChange} comment={comments[nameOf(field)]} />;
  const { message } = field;
  return (
    <fieldset className="group">
      <legend>{titleOf(field.name)}</legend>
      {comments[nameOf(field)] && <p className="quiet">{comments[nameOf(field)]}</p>}
      {!open && <Checkbox label={`Set ${titleOf(field.name).toLowerCase()}`} checked={value !== undefined} onChange={(event) => onChange(event.currentTarget.checked ? {} : undefined)} />}
      {(open || value !== undefined) && <MessageForm message={message} value={isObject(value) ? value : {}} onChange={onChange} comments={comments} />}
    </fieldset>
  );
}

function ListField({ field, message, value, onChange, comments }: FieldProps & { message: DescMessage }) {
  const items = Array.isArray(value) ? value : [];
  return (
    <fieldset className="group">
      <legend>{titleOf(field.name)}</legend>
      {comments[nameOf(field)] && <p className="quiet">{comments[nameOf(field)]}</p>}
      {items.map((item, at) => (
        <fieldset className="group" key={at}>
          <legend>{`${titleOf(field.name)} ${at + 1}`}</legend>
          <MessageForm message={message} value={isObject(item) ? item : {}} onChange={(next) => onChange(items.with(at, next))} comments={comments} />
          <Button mt="xs" size="xs" variant="default" onClick={() => onChange(items.toSpliced(at, 1))}>{`Remove ${at + 1}`}</Button>
        </fieldset>
      ))}
      <Button mt="xs" size="xs" variant="default" onClick={() => onChange([...items, {}])}>
        Add
      </Button>
    </fieldset>
  );
}
