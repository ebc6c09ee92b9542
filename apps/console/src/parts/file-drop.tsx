import { useEffect, useState, type ReactNode } from 'react';
import { ChooseFile, DropArea } from './drop-area';

export interface DroppedFile {
  name: string;
  /** As the browser tells it: `video/mp4`. */
  type: string;
  bytes: Uint8Array;
  /** An address of this page for an `img` or `video`. */
  url: string;
}

async function read(file: File): Promise<DroppedFile> {
  return { name: file.name, type: file.type, bytes: new Uint8Array(await file.arrayBuffer()), url: URL.createObjectURL(file) };
}

interface Props {
  /** What to drop. */
  label: string;
  button: string;
  /** Types that the button offers, as `input` takes them. */
  accept: string;
  preview: (file: DroppedFile) => ReactNode;
  onFile: (file: DroppedFile) => void;
}

/** A place to drop a file, or to choose one by a button. */
export function FileDrop({ label, button, accept, preview, onFile }: Props) {
  const [shown, setShown] = useState<DroppedFile>();
  useEffect(() => () => (shown ? URL.revokeObjectURL(shown.url) : undefined), [shown]);
  const take = async (chosen: File | null | undefined) => {
    if (!chosen) return;
    const file = await read(chosen);
    setShown(file);
    onFile(file);
  };
  return (
    <DropArea onFile={take}>
      {shown && preview(shown)}
      <p className="quiet">{shown ? shown.name : label}</p>
      <ChooseFile label={label} accept={accept} onFile={take}>
        {button}
      </ChooseFile>
    </DropArea>
  );
}
