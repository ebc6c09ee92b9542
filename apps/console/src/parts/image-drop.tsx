import { Button, FileButton } from '@mantine/core';
import { useEffect, useState, type DragEvent } from 'react';

export interface DroppedImage {
  name: string;
  /** The file's bytes: PNG or JPEG. */
  bytes: Uint8Array;
  /** An address of this page for an `img`. */
  url: string;
}

async function read(file: File): Promise<DroppedImage> {
  return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()), url: URL.createObjectURL(file) };
}

/** A place to drop an image, or to choose a file by a button. */
export function ImageDrop({ label, onImage }: { label: string; onImage: (image: DroppedImage) => void }) {
  const [over, setOver] = useState(false);
  const [shown, setShown] = useState<DroppedImage>();
  useEffect(() => () => (shown ? URL.revokeObjectURL(shown.url) : undefined), [shown]);
  const take = async (file: File | null | undefined) => {
    if (!file) return;
    const image = await read(file);
    setShown(image);
    onImage(image);
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
      {shown && <img src={shown.url} alt={`The image that was given: ${shown.name}`} width={112} />}
      <p className="quiet">{shown ? shown.name : label}</p>
      <FileButton onChange={(file) => void take(file)} accept="image/png,image/jpeg" inputProps={{ 'aria-label': label }}>
        {(props) => (
          <Button variant="default" {...props}>
            Choose an image
          </Button>
        )}
      </FileButton>
    </div>
  );
}
