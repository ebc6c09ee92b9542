import { drawGrey, sideBySide } from '../images/draw';
import type { Output } from '../output';
import type { Classified, Prediction } from './classify-test-part';

/** Empty pixels around every MNIST digit. */
const MARGIN = 4;

/** Some that were read right, one a class from the first on, and the wrong ones that the model was surest of. */
function choose(predictions: readonly Prediction[], places: number): Prediction[] {
  const wrong = predictions.filter(({ label, predicted }) => label !== predicted).sort((a, b) => b.probability - a.probability);
  const right: Prediction[] = [];
  for (const prediction of predictions) {
    if (prediction.label === prediction.predicted && !right.some(({ label }) => label === prediction.label)) right.push(prediction);
  }
  const mistakes = wrong.slice(0, Math.max(1, Math.floor(places / 3)));
  return [...right.slice(0, places - mistakes.length), ...mistakes];
}

/** A few test digits with what the model read, a wrong one among them if there is one. */
export function showDigits(out: Output, { predictions, height, width }: Classified): void {
  const size = width - 2 * MARGIN;
  const places = Math.max(2, Math.min(6, Math.floor((Math.min(out.width, 140) + 2) / (size + 2))));
  const blocks = choose(predictions, places).map(({ pixels, label, predicted, probability }) => {
    const share = `${(probability * 100).toFixed(1)} %`;
    const caption = (label === predicted ? `✓ ${predicted} (${share})` : `✗ ${label} as ${predicted} (${share})`).padEnd(size);
    return { width: size, lines: [...drawGrey(out, pixels, height, width, MARGIN), out.paint(label === predicted ? 'green' : 'red', caption)] };
  });
  for (const line of sideBySide(blocks)) out.line(line);
}
