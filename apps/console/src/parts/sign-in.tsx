import { Button, Modal, PasswordInput, Text } from '@mantine/core';
import { useState } from 'react';
import { dismissSignIn, setToken, useSession } from '../api/session';

/** Asks for a token when the gateway does. */
export function SignIn() {
  const { signIn } = useSession();
  const [typed, setTyped] = useState('');
  return (
    <Modal opened={signIn !== undefined} onClose={dismissSignIn} title="Sign in" transitionProps={{ duration: 0 }} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '') setToken(typed.trim());
          setTyped('');
        }}
      >
        <Text size="sm" mb="sm">
          {signIn}
        </Text>
        <PasswordInput label="Token" description="Kept in this tab until it is closed" value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" data-autofocus />
        <Button type="submit" mt="md">
          Sign in
        </Button>
      </form>
    </Modal>
  );
}
