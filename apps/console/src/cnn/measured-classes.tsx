import { measureConfusion, type Confusion } from '../api/confusion';
import { ConfusionMatrix } from '../parts/confusion-matrix';
import { percent } from '../parts/format';
import type { Picked } from '../parts/model-picker';
import { TensorPicture } from '../parts/tensor-picture';
import { Calibration } from './calibration';
import { classifierOf } from './measures';
import { MOST_EXAMPLES, Measuring } from './measuring';
import type { CnnModel } from './model';

function Worst({ worst }: Pick<Confusion, 'worst'>) {
  return (
    <div>
      <h3>Worst errors</h3>
      <p className="quiet">{worst.length > 0 ? 'Wrong, and the surest of it.' : 'It made none.'}</p>
      <div className="pictures">
        {worst.map(
          ({ picture, row, truth, said, probability }) =>
            picture && (
              <TensorPicture
                key={row}
                picture={picture}
                size={72}
                label={`Example ${row}: ${truth}, taken for ${said}`}
                caption={
                  <>
                    {truth} as {said}
                    <br />
                    {percent(probability)}
                  </>
                }
              />
            ),
        )}
      </div>
    </div>
  );
}

/** Of a classifier of images or videos: which classes it takes for which, where it errs worst, and how far its probabilities can be believed. */
export function MeasuredClasses({ picked, model }: { picked: Picked; model: CnnModel }) {
  return (
    <Measuring picked={picked} measure={(dataset, told, signal) => measureConfusion(classifierOf(picked, model.kind, signal), dataset, MOST_EXAMPLES, told, signal)}>
      {({ classNames, counts, answers, worst }) => {
        const right = answers.filter((answer) => answer.right).length;
        return (
          <>
            <p role="status">
              {right} of {answers.length} right: {percent(right / (answers.length || 1))}.
            </p>
            <div className="halves">
              <ConfusionMatrix classNames={classNames} counts={counts} />
              <Worst worst={worst} />
            </div>
            <h3>Calibration</h3>
            <Calibration answers={answers} version={picked.version} model={model} />
          </>
        );
      }}
    </Measuring>
  );
}
