import { useState } from 'react';
import { Answer } from '../cnn/answer';
import { ClassifyVideo } from '../cnn/classify-video';
import { Evidence } from '../cnn/evidence';
import { Layers } from '../cnn/layers';
import { MeasuredClasses } from '../cnn/measured-classes';
import { MeasuredLabels } from '../cnn/measured-labels';
import { MeasuredNumbers } from '../cnn/measured-numbers';
import { cnnModelOf, type CnnKind, type CnnModel } from '../cnn/model';
import { Family } from '../generated/quartet/common/v1/model_ref_pb';
import { ImageDrop, type DroppedImage } from '../parts/image-drop';
import { useModelPicker, type Picked } from '../parts/model-picker';
import { Page, Section } from '../parts/page';

const TITLES: Record<CnnKind, { use: string; measured: string }> = {
  classes: { use: 'Classify an image', measured: 'Confusion matrix, worst errors, calibration' },
  labels: { use: 'Labels of an image', measured: 'Labels and their thresholds' },
  numbers: { use: 'Numbers of an image', measured: 'Errors' },
  video: { use: 'Classify a video', measured: 'Confusion matrix, worst errors, calibration' },
};

function Images({ picked, model }: { picked: Picked; model: CnnModel }) {
  const [image, setImage] = useState<DroppedImage>();
  const { use, measured } = TITLES[model.kind];
  const Measured = model.kind === 'labels' ? MeasuredLabels : model.kind === 'numbers' ? MeasuredNumbers : MeasuredClasses;
  return (
    <>
      <Section title={use}>
        <div className="halves">
          <div>
            <ImageDrop label="Drop an image here: PNG or JPEG" onImage={setImage} />
            <Answer picked={picked} model={model} image={image} />
          </div>
          <div>{image ? <Evidence picked={picked} model={model} image={image} /> : <p className="quiet">What in the image speaks for the answer is shown here.</p>}</div>
        </div>
      </Section>
      <Section title={measured}>
        <Measured picked={picked} model={model} />
      </Section>
      <Section title="What its layers have learned">
        <Layers picked={picked} image={image} />
      </Section>
    </>
  );
}

function Videos({ picked, model }: { picked: Picked; model: CnnModel }) {
  const { use, measured } = TITLES.video;
  return (
    <>
      <Section title={use}>
        <ClassifyVideo picked={picked} model={model} />
      </Section>
      <Section title={measured}>
        <MeasuredClasses picked={picked} model={model} />
      </Section>
    </>
  );
}

/** Networks over images and videos. What is offered follows what the version gives: classes, labels or numbers of images, or classes of videos. */
export function Cnn() {
  const { picked, controls, hint } = useModelPicker(Family.CNN);
  const model = picked && cnnModelOf(picked.version);
  const key = picked && `${picked.ref.name}@${picked.version.version}`;
  const Uses = model?.kind === 'video' ? Videos : Images;
  return (
    <Page title="CNN" actions={controls}>
      {!picked && <p className="quiet">{hint}</p>}
      {picked && model && <Uses key={key} picked={picked} model={model} />}
    </Page>
  );
}
