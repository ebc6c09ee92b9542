import { useState } from 'react';
import { FileDrop, type DroppedFile } from './file-drop';

function Preview({ file: { name, type, url } }: { file: DroppedFile }) {
  const [failed, setFailed] = useState(false);
  if (failed) return <p className="quiet">The browser can't show it; the model may still read it.</p>;
  if (type === 'image/gif') return <img src={url} alt={`The clip that was given: ${name}`} width={200} />;
  return <video src={url} aria-label={`The clip that was given: ${name}`} width={200} controls muted loop playsInline onError={() => setFailed(true)} />;
}

/** A place to drop a clip, or to choose a file by a button. */
export function VideoDrop({ label, onVideo }: { label: string; onVideo: (file: DroppedFile) => void }) {
  return <FileDrop label={label} button="Choose a video" accept="video/*,image/gif,.mkv,.avi" onFile={onVideo} preview={(file) => <Preview key={file.url} file={file} />} />;
}
