import { short } from '../parts/format';
import type { Picked } from '../parts/model-picker';
import { AgreementScatter } from '../parts/scatter';
import { DataTable } from '../parts/table';
import { TensorPicture } from '../parts/tensor-picture';
import { measureNumbers, type NumberAnswer } from './measures';
import { MOST_EXAMPLES, Measuring } from './measuring';
import type { CnnModel } from './model';

const MOST_ERRORS = 8;

const errorOf = ({ truth, said }: NumberAnswer): number => Math.abs(said - truth);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function OneNumber({ name, answers }: { name: string; answers: readonly NumberAnswer[] }) {
  const worst = [...answers].sort((a, b) => errorOf(b) - errorOf(a)).slice(0, MOST_ERRORS);
  return (
    <div className="halves">
      <AgreementScatter title={name} points={answers} />
      <div>
        <h3>Worst errors of {name}</h3>
        <div className="pictures">
          {worst.map(({ picture, row, truth, said }) => picture && <TensorPicture key={row} picture={picture} size={72} label={`Example ${row}: ${short(truth)}, taken for ${short(said)}`} caption={`${short(truth)} as ${short(Number(said.toPrecision(3)))}`} />)}
        </div>
      </div>
    </div>
  );
}

/** Of a model of numbers: how far it is off on held-out examples, in the units of the data. */
export function MeasuredNumbers({ picked, model }: { picked: Picked; model: CnnModel }) {
  return (
    <Measuring picked={picked} measure={(dataset, told, signal) => measureNumbers(picked, model.names.length, dataset, MOST_EXAMPLES, told, signal)}>
      {(byNumber) => (
        <>
          <p className="quiet" role="status">
            {byNumber[0]?.length ?? 0} examples.
          </p>
          <DataTable
            label="Numbers"
            columns={[{ title: 'Number' }, { title: 'Mean error', numeric: true }, { title: 'RMSE', numeric: true }, { title: 'Largest', numeric: true }, { title: `RMSE of the training, ${model.scoresPart}`, numeric: true }]}
            rows={model.names.map((name, at) => {
              const errors = (byNumber[at] ?? []).map(errorOf);
              return { key: name, cells: [name, short(mean(errors)), short(Math.sqrt(mean(errors.map((error) => error ** 2)))), short(Math.max(...errors)), short(model.scores[at]?.rmse)] };
            })}
          />
          {model.names.map((name, at) => (
            <OneNumber key={name} name={name} answers={byNumber[at] ?? []} />
          ))}
        </>
      )}
    </Measuring>
  );
}
