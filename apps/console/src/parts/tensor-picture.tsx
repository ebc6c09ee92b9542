import { useEffect, useRef, type ReactNode } from 'react';
import type { Picture } from '../api/tensors';

interface Props {
  picture: Picture;
  label: string;
  /** Width on the screen in pixels. */
  size?: number;
  caption?: ReactNode;
  /** From black over red to yellow, scaled to the largest value, in place of grey. */
  heat?: boolean;
}

/** An image that came as a tensor. */
export function TensorPicture({ picture, label, size = 96, caption, heat }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { height, width, channels, values } = picture;
    const image = context.createImageData(width, height);
    const most = heat ? values.reduce((a, b) => Math.max(a, b), 1e-12) : 1;
    for (let pixel = 0; pixel < height * width; pixel++) {
      const value = (channel: number) => values[pixel * channels + Math.min(channel, channels - 1)] ?? 0;
      const share = value(0) / most;
      const rgb = heat ? [2 * share, 2 * share - 1, 0] : channels < 3 ? [share, share, share] : [value(0), value(1), value(2)];
      rgb.forEach((part, at) => (image.data[4 * pixel + at] = 255 * Math.min(1, Math.max(0, part))));
      image.data[4 * pixel + 3] = channels === 4 ? 255 * value(3) : 255;
    }
    context.putImageData(image, 0, 0);
  }, [picture, heat]);
  return (
    <figure className="picture">
      <canvas ref={canvas} width={picture.width} height={picture.height} style={{ width: size, height: (size * picture.height) / picture.width }} role="img" aria-label={label} />
      {caption !== undefined && <figcaption>{caption}</figcaption>}
    </figure>
  );
}
