import { Button, FileButton } from '@mantine/core';
import { useState, type DragEvent } from 'react';
import { MicrophoneButton } from './microphone-button';
import { SoundPlayer } from './sound-player';

/** A WAV or FLAC file. */
export interface Sound {
  name: string;
  bytes: Uint8Array;
}

interface Props {
  /** What is shown. */
  sound: Sound | undefined;
  /** Told of a file that was dropped or chosen, and of a recording. */
  onSound: (sound: Sound) => void;
  /** Seconds at which something begins. */
  marks?: readonly number[];
}

const HINT = 'Drop a recording here: WAV or FLAC';

/** A place to drop a recording, to choose a file by a button, or to record from the microphone. */
export function SoundInput({ sound, onSound, marks }: Props) {
  const [over, setOver] = useState(false);
  const take = async (file: File | null | undefined) => {
    if (file) onSound({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  };
  const hold = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type === 'dragover');
  };
  return (
    <div
      className={over ? 'drop over' : 'drop'}
      onDragOver={hold}
      onDragLeave={hold}
      onDrop={(event) => {
        hold(event);
        void take(event.dataTransfer.files[0]);
      }}
    >
      {sound && <SoundPlayer name={sound.name} bytes={sound.bytes} marks={marks} />}
      <p className="quiet">{sound ? sound.name : 'No recording yet'}</p>
      <p>{HINT}</p>
      <div className="row centred">
        <FileButton onChange={(file) => void take(file)} accept="audio/wav,audio/flac,.wav,.flac" inputProps={{ 'aria-label': HINT }}>
          {(props) => (
            <Button variant="default" {...props}>
              Choose a file
            </Button>
          )}
        </FileButton>
        <MicrophoneButton onRecorded={(bytes) => onSound({ name: 'what was recorded', bytes })} />
      </div>
    </div>
  );
}
