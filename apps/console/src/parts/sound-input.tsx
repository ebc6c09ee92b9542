import { ChooseFile, DropArea } from './drop-area';
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
  const take = async (file: File | null | undefined) => {
    if (file) onSound({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  };
  return (
    <DropArea onFile={take}>
      {sound && <SoundPlayer name={sound.name} bytes={sound.bytes} marks={marks} />}
      <p className="quiet">{sound ? sound.name : 'No recording yet'}</p>
      <p>{HINT}</p>
      <div className="row centred">
        <ChooseFile label={HINT} accept="audio/wav,audio/flac,.wav,.flac" onFile={take}>
          Choose a file
        </ChooseFile>
        <MicrophoneButton onRecorded={(bytes) => onSound({ name: 'what was recorded', bytes })} />
      </div>
    </DropArea>
  );
}
