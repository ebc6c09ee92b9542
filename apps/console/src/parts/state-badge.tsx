import { Badge } from '@mantine/core';
import { STATE_NAMES } from '../api/names';
import { JobState } from '../generated/quartet/training/v1/training_pb';

const COLOURS: Record<JobState, string> = {
  [JobState.UNSPECIFIED]: 'gray.7',
  [JobState.QUEUED]: 'gray.7',
  [JobState.RUNNING]: 'blue.9',
  [JobState.SUCCEEDED]: '#1f6f32',
  [JobState.FAILED]: 'red.9',
  [JobState.CANCELLED]: 'gray.7',
};

export const StateBadge = ({ state }: { state: JobState }) => (
  <Badge color={COLOURS[state]} tt="none">
    {STATE_NAMES[state]}
  </Badge>
);
