import { Alert, Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';

/** Says that a page failed, in place of showing nothing; the others go on. */
export class Boundary extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state = { error: undefined as Error | undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Alert color="red" variant="light" title="This page failed">
        <p>{error.message}</p>
        <Button size="xs" onClick={() => location.reload()}>
          Load it again
        </Button>
      </Alert>
    );
  }
}
