import { useState } from 'react';
import { binsOf, calibrationError } from '../api/calibration';
import type { Answer } from '../api/confusion';
import type { Version } from '../generated/quartet/model/v1/model_pb';
import { percent, short } from '../parts/format';
import { ReliabilityDiagram } from '../parts/reliability-diagram';
import { ShareSlider } from '../parts/share-slider';
import { DataTable } from '../parts/table';
import type { CnnModel } from './model';

const shareRight = (answers: readonly Answer[]): string => (answers.length === 0 ? '–' : percent(answers.filter(({ right }) => right).length / answers.length));

/** What the version's training measured, before and after it divided the logits by a temperature. */
function byTraining({ metrics }: Version, { temperature }: CnnModel): string {
  const part = 'test/calibrationError' in metrics ? 'test' : 'validation';
  const [after, before] = [metrics[`${part}/calibrationError`], metrics[`${part}/calibrationErrorBefore`]];
  if (after === undefined) return '';
  const divided = temperature !== undefined && before !== undefined ? ` with logits divided by the temperature ${short(temperature)}; ${percent(before)} without` : '';
  return ` Its training measured ${percent(after)} on the whole ${part} part${divided}.`;
}

/** How far probabilities can be believed, and what a threshold for unsure answers would do. */
export function Calibration({ answers, version, model }: { answers: readonly Answer[]; version: Version; model: CnnModel }) {
  const [threshold, setThreshold] = useState(model.unsureBelow);
  const bins = binsOf(answers);
  const sure = answers.filter(({ probability }) => probability >= threshold);
  const unsure = answers.filter(({ probability }) => probability < threshold);
  return (
    <>
      <p>
        Expected calibration error: <b>{percent(calibrationError(bins))}</b> over {bins.length} bins.{byTraining(version, model)}
      </p>
      <div className="halves">
        <ReliabilityDiagram bins={bins} />
        <div>
          <ShareSlider label="Unsure below a probability of" value={threshold} onChange={setThreshold} />
          <p role="status">
            {sure.length} of {answers.length} answers are sure; {shareRight(sure)} of them are right.{unsure.length > 0 && ` Of the ${unsure.length} unsure ones ${shareRight(unsure)} are.`}
          </p>
          <p className="quiet">{model.unsureBelow > 0 ? `This version marks answers below ${percent(model.unsureBelow)}; a request's unsure_below says otherwise.` : "This version marks none by itself; a request's unsure_below does."}</p>
          <DataTable
            label="Reliability by bin"
            columns={[{ title: 'Probability' }, { title: 'Answers', numeric: true }, { title: 'Mean', numeric: true }, { title: 'Right', numeric: true }]}
            rows={bins.filter(({ count }) => count > 0).map(({ from, to, count, confidence = 0, accuracy = 0 }) => ({ key: `${from}`, cells: [`${percent(from)} to ${percent(to)}`, count, percent(confidence), percent(accuracy)] }))}
          />
        </div>
      </div>
    </>
  );
}
