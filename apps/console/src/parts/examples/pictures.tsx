import { numbersOf, picturesOf, shapeOf, type Picture } from '../../api/tensors';
import type { DatasetSchema, ReadExamplesResponse } from '../../generated/quartet/dataset/v1/dataset_pb';
import { Target } from '../../generated/quartet/dataset/v1/dataset_pb';
import { short } from '../format';
import { TensorPicture } from '../tensor-picture';

interface Props {
  schema: DatasetSchema;
  examples: ReadExamplesResponse;
}

const MOST_NAMES = 3;
const MOST_FRAMES = 8;

/** What an image is: its class, the labels that it has, or its numbers. */
function targetsOf({ target, classNames }: DatasetSchema, { labels }: ReadExamplesResponse): (row: number) => string {
  const values = labels ? numbersOf(labels) : [];
  if (!target) return (row) => classNames[values[row] ?? -1] ?? '';
  const { names, kind } = target;
  const of = (row: number) => names.map((name, at) => ({ name, value: values[row * names.length + at] ?? NaN }));
  return kind === Target.NUMBERS
    ? (row) => of(row).slice(0, MOST_NAMES).map(({ name, value }) => (names.length > 1 ? `${name} ${short(value)}` : short(value))).join(', ')
    : (row) => of(row).filter(({ value }) => value === 1).slice(0, MOST_NAMES).map(({ name }) => name).join(', ') || 'none';
}

/** Images, with what they are. */
export function ImageExamples({ schema, examples }: Props) {
  const target = targetsOf(schema, examples);
  return (
    <div className="pictures">
      {(examples.examples ? picturesOf(examples.examples) : []).map((picture, at) => (
        <TensorPicture key={at} picture={picture} size={56} label={`Example ${at}${target(at) && `, ${target(at)}`}`} caption={target(at)} />
      ))}
    </div>
  );
}

/** [clip][frame], some frames evenly of each. */
function framesOf({ examples }: ReadExamplesResponse): Picture[][] {
  if (!examples) return [];
  const [count = 0, frames = 0, ...frame] = shapeOf(examples);
  const pictures = picturesOf({ ...examples, shape: [count * frames, ...frame].map(BigInt) });
  const shown = Math.min(frames, MOST_FRAMES);
  return Array.from({ length: count }, (_, clip) => Array.from({ length: shown }, (__, at) => pictures[clip * frames + Math.floor(((at + 0.5) * frames) / shown)]).filter((picture) => picture !== undefined));
}

/** Clips, each as a strip of its frames. */
export function VideoExamples({ schema, examples }: Props) {
  const target = targetsOf(schema, examples);
  return framesOf(examples).map((frames, clip) => (
    <figure key={clip} className="picture why">
      <div className="pictures">
        {frames.map((picture, at) => (
          <TensorPicture key={at} picture={picture} size={48} label={`Example ${clip}, frame ${at + 1} of the ${frames.length} that are shown`} />
        ))}
      </div>
      <figcaption>{target(clip)}</figcaption>
    </figure>
  ));
}
