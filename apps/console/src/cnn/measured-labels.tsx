import { useMemo, useState } from 'react';
import { percent, short } from '../parts/format';
import type { Picked } from '../parts/model-picker';
import { ShareSlider } from '../parts/share-slider';
import { DataTable } from '../parts/table';
import { MOST_EXAMPLES, Measuring } from './measuring';
import { bestThreshold, measureLabels, scoreOf, type LabelAnswers } from './measures';
import type { CnnModel } from './model';

const rate = (share: number): string => (Number.isFinite(share) ? percent(share) : '–');

function ByThreshold({ answers, model }: { answers: LabelAnswers; model: CnnModel }) {
  const [threshold, setThreshold] = useState(0.5);
  const best = useMemo(() => model.names.map((_, label) => bestThreshold(answers, label)), [answers, model]);
  return (
    <>
      <div className="row" style={{ margin: '0.75rem 0' }}>
        <ShareSlider label="An image has a label from" value={threshold} onChange={setThreshold} />
      </div>
      <DataTable
        label="Labels"
        columns={[{ title: 'Label' }, { title: 'Have it', numeric: true }, { title: 'Precision', numeric: true }, { title: 'Recall', numeric: true }, { title: 'F1', numeric: true }, { title: 'Best F1 from', numeric: true }, { title: 'Average precision', numeric: true }]}
        rows={model.names.map((name, label) => {
          const { support, precision, recall, f1 } = scoreOf(answers, label, threshold);
          return { key: name, cells: [name, support, rate(precision), rate(recall), rate(f1), percent(best[label] ?? 0.5), short(model.scores[label]?.averagePrecision ?? undefined)] };
        })}
      />
      <p className="quiet" role="status">
        {answers.truths.length} examples. Average precision is of the {model.scoresPart} part, as the training measured it.
      </p>
    </>
  );
}

/** Of a model of labels: how its labels do on held-out examples, by the probability that is asked for. */
export function MeasuredLabels({ picked, model }: { picked: Picked; model: CnnModel }) {
  return (
    <Measuring picked={picked} measure={(dataset, told, signal) => measureLabels(picked, model.names.length, dataset, MOST_EXAMPLES, told, signal)}>
      {(answers) => <ByThreshold answers={answers} model={model} />}
    </Measuring>
  );
}
