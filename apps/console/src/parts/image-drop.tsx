import { FileDrop, type DroppedFile } from './file-drop';

/** PNG or JPEG. */
export type DroppedImage = DroppedFile;

/** A place to drop an image, or to choose a file by a button. */
export function ImageDrop({ label, onImage }: { label: string; onImage: (image: DroppedImage) => void }) {
  return <FileDrop label={label} button="Choose an image" accept="image/png,image/jpeg" onFile={onImage} preview={({ name, url }) => <img src={url} alt={`The image that was given: ${name}`} width={112} />} />;
}
