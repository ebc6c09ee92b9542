import { specOf, type Picked } from '../../parts/model-picker';
import { ClassifyRecording } from './classify-recording';
import { ClassifySequence } from './classify-sequence';
import { ClassifyText } from './classify-text';

const WAYS = { texts: ClassifyText, recordings: ClassifyRecording, numbers: ClassifySequence };

/** What the manifest of a classifier tells. */
interface ClassifierSettings {
  reads: keyof typeof WAYS;
  classes: number;
}

const SHOWN_CLASSES = 5;

export interface ClassifyProps {
  picked: Picked;
  /** How many classes are asked for. */
  topK: number;
}

/** Classes of what the model reads: texts, recordings or sequences of numbers. */
export function Classify({ picked }: { picked: Picked }) {
  const { reads = 'numbers', classes = 1 } = specOf<ClassifierSettings>(picked.version);
  const Way = WAYS[reads];
  return <Way picked={picked} topK={Math.min(SHOWN_CLASSES, classes)} />;
}
