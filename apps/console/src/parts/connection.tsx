import { Alert } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useSession } from '../api/session';

const SHOWN_MS = 4000;

/** Says that the gateway doesn't answer, and then that it does again. */
export function Connection() {
  const { lostAt } = useSession();
  const wasLost = useRef(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    if (lostAt !== undefined) {
      wasLost.current = true;
      setBack(false);
      return;
    }
    if (!wasLost.current) return;
    wasLost.current = false;
    setBack(true);
    const timer = setTimeout(() => setBack(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [lostAt]);
  return (
    <div role="status">
      {lostAt !== undefined && (
        <Alert color="orange" variant="light" mb="md" title="Connection lost">
          The gateway does not answer. What is shown is from {new Date(lostAt).toLocaleTimeString()}; the page asks again each second and goes on by itself.
        </Alert>
      )}
      {back && (
        <Alert color="green" variant="light" mb="md" title="Connected again">
          What is shown is current.
        </Alert>
      )}
    </div>
  );
}
