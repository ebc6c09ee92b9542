import { Alert } from '@mantine/core';

/** What is to be known before an answer is believed. */
export const Warnings = ({ of }: { of: readonly string[] }) =>
  of
    .filter((warning) => warning !== '')
    .map((warning) => (
      <Alert key={warning} color="orange" variant="light" my="sm" title="Before you trust it">
        {warning}
      </Alert>
    ));
