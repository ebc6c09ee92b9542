import { Button } from '@mantine/core';
import type { Examples } from '../api/examples';

/** Which example there is, and a button for the next one. @param known what is known of it: `its class is glad` */
export function ExampleLine({ examples: { example, isReading, another }, known }: { examples: Examples; known?: string }) {
  if (!example && !isReading) return null;
  return (
    <div className="row example">
      {/* Its place is kept while it is being read: a button that moves away beneath the pointer isn't pressed. */}
      <p className="quiet">{example ? `${example.title}${known ? `; ${known}` : ''}.` : 'Reading an example ...'}</p>
      <Button size="compact-xs" variant="default" onClick={another} disabled={!example}>
        Another example
      </Button>
    </div>
  );
}
