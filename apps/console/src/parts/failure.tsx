import { Alert, List } from '@mantine/core';
import type { Failure } from '../api/errors';

/** Why something didn't work, with what was wrong in each field. */
export function FailureNote({ failure }: { failure: Failure | undefined }) {
  return (
    <div role="alert">
      {failure && (
        <Alert color="red" variant="light" my="sm" title={failure.reason ? `${failure.code} · ${failure.reason}` : failure.code}>
          {failure.fields.length === 0 && failure.message}
          {failure.fields.length > 0 && (
            <List size="sm">
              {failure.fields.map(({ field, description }) => (
                <List.Item key={field}>
                  <code>{field}</code> {description}
                </List.Item>
              ))}
            </List>
          )}
        </Alert>
      )}
    </div>
  );
}
