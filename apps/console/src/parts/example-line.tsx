import { Button } from '@mantine/core';
import type { Examples } from '../api/examples';

/** Which example there is, and a button for the next one. @param known what is known of it: `its class is glad` */
export function ExampleLine({ examples: { example, another }, known }: { examples: Examples; known?: string }) {
  if (!example) return null;
  return (
    <div className="row example">
      <p className="quiet">
        {example.title}
        {known && `; ${known}`}.
      </p>
      <Button size="compact-xs" variant="default" onClick={another}>
        Another example
      </Button>
    </div>
  );
}
