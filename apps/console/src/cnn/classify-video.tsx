import { NumberInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../api/clients';
import { useLive } from '../api/use-live';
import type { VideoClassification, VideoScore, WindowClassification } from '../generated/quartet/cnn/v1/video_pb';
import { Bars } from '../parts/bars';
import { Chart } from '../parts/chart';
import { FailureNote } from '../parts/failure';
import type { DroppedFile } from '../parts/file-drop';
import { percent, short } from '../parts/format';
import type { Picked } from '../parts/model-picker';
import { DataTable } from '../parts/table';
import { VideoDrop } from '../parts/video-drop';
import type { CnnModel } from './model';

const SHOWN_CLASSES = 5;
const FRAMES_PER_SECOND = 10;

const probabilityOf = (scores: readonly VideoScore[], name: string): number => scores.find((score) => score.name === name)?.probability ?? 0;

/** The classes that are likeliest in the clip as a whole, over its windows. */
function OverTime({ windows, classes }: { windows: readonly WindowClassification[]; classes: readonly VideoScore[] }) {
  const middle = ({ startSeconds, endSeconds }: WindowClassification) => (startSeconds + endSeconds) / 2;
  return (
    <>
      <Chart title="Probability by time" xLabel="seconds, middle of the window" lines={classes.slice(0, SHOWN_CLASSES).map(({ name }) => ({ name, x: windows.map(middle), y: windows.map((window) => probabilityOf(window.classes, name)) }))} />
      <DataTable
        label="Windows"
        columns={[{ title: 'Seconds' }, { title: 'Class' }, { title: 'Probability', numeric: true }]}
        rows={windows.map(({ startSeconds, endSeconds, classes: [best] }) => ({ key: `${startSeconds}`, cells: [`${short(startSeconds)} to ${short(endSeconds)}`, best?.name, percent(best?.probability ?? 0)] }))}
      />
    </>
  );
}

function Whole({ result, version }: { result: VideoClassification; version: bigint }) {
  return (
    <>
      <p role="status">
        It is <b>{result.classes[0]?.name}</b>, says version {String(version)}.
      </p>
      <Bars label="Probability by class" bars={result.classes.slice(0, SHOWN_CLASSES).map(({ name, probability }) => ({ name, share: probability, text: percent(probability) }))} />
    </>
  );
}

/** What a version says of a clip, as a whole and as it goes on. */
export function ClassifyVideo({ picked: { ref }, model }: { picked: Picked; model: CnnModel }) {
  const [frames = 1] = model.inputShape;
  const [file, setFile] = useState<DroppedFile>();
  const [rate, setRate] = useState<number | string>(FRAMES_PER_SECOND);
  const [stride, setStride] = useState<number | string>(Math.max(1, Math.floor(frames / 2)));
  const request = (bytes: Uint8Array) => ({ model: ref, input: { case: 'clips' as const, value: { clips: [{ content: { case: 'encoded' as const, value: bytes } }] } }, topK: model.names.length });
  const whole = useLive(async (signal) => (file ? api.cnn.classifyVideo(request(file.bytes), { signal }) : undefined), [file]);
  const windows = useLive(
    async (signal) => (file && Number(rate) > 0 ? api.cnn.classifyVideo({ ...request(file.bytes), sampling: { framesPerSecond: Number(rate), stride: Number(stride) || 0 } }, { signal }) : undefined),
    [file, rate, stride],
  );
  const [result, rolling] = [whole.data?.results[0], windows.data?.results[0]];
  return (
    <div className="halves">
      <div>
        <VideoDrop label="Drop a video here: MP4, WebM, GIF, ..." onVideo={setFile} />
        <FailureNote failure={whole.failure} />
        {result && <Whole result={result} version={whole.data?.modelVersion ?? 0n} />}
        <p className="quiet">
          The model sees {frames} frames at once, of {model.inputShape.slice(1, 3).join(' x ')} pixels. For the clip as a whole they are spread evenly over it.
        </p>
      </div>
      <div>
        <h3>As it goes on</h3>
        <div className="row end">
          <NumberInput label="Frames a second" value={rate} onChange={setRate} min={0.1} max={240} w={140} />
          <NumberInput label="Stride in frames" value={stride} onChange={setStride} min={1} allowDecimal={false} w={140} />
        </div>
        {!whole.failure && <FailureNote failure={windows.failure} />}
        {file && windows.loading && <p className="quiet">Looking ...</p>}
        {rolling && result && <OverTime windows={rolling.windows} classes={rolling.classes} />}
        {!file && <p className="quiet">A prediction for each window of the clip, once there is one.</p>}
      </div>
    </div>
  );
}
