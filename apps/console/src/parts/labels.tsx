import { Badge } from '@mantine/core';

/** The labels that point at a version. */
export const Labels = ({ labels }: { labels: readonly string[] }) =>
  labels.length === 0 ? (
    <>–</>
  ) : (
    <span className="row">
      {labels.map((label) => (
        <Badge key={label} variant={label.startsWith('production') ? 'filled' : 'default'} tt="none">
          {label}
        </Badge>
      ))}
    </span>
  );
