import type { Philox } from '../random/philox';
import type { Augmentation } from './options';

/** One image's change, as drawn. */
export interface Transform {
  /** Pixels, to the right and down. */
  shiftX: number;
  shiftY: number;
  /** Clockwise as seen, about the image's centre. */
  radians: number;
  /** Above 1 enlarges. */
  scale: number;
  flip: boolean;
  /** Rectangle set to 0: first row and column, and size. */
  erase?: { top: number; left: number; height: number; width: number };
}

/**
 * Shares of the area and aspect ratios of an erased rectangle.
 * Source: Zhong et al., "Random erasing data augmentation", AAAI 2020, with torchvision's largest share.
 */
const ERASE_AREA = [0.02, 0.33] as const;
const ERASE_ASPECT = [0.3, 1 / 0.3] as const;

/**
 * Draws a change. The same numbers are drawn whichever kinds are on, so that turning one on leaves the others as they
 * were. Without rotation and scale, shifts are by whole pixels, since anything between blurs an image: a network trained on blurred ones sees
 * sharp ones at its test.
 */
export function drawTransform(random: Philox, height: number, width: number, augmentation: Augmentation): Transform {
  const { shift = 0, rotate = 0, scale = 0, flipHorizontal = false, erase = 0 } = augmentation;
  const place = rotate === 0 && scale === 0 ? Math.round : (pixels: number) => pixels;
  const transform: Transform = {
    shiftX: place(random.signed() * shift * width),
    shiftY: place(random.signed() * shift * height),
    radians: (random.signed() * rotate * Math.PI) / 180,
    scale: 1 + random.signed() * scale,
    flip: random.unit() < 0.5 && flipHorizontal,
  };
  if (random.unit() < erase) transform.erase = drawRectangle(random, height, width);
  return transform;
}

function drawRectangle(random: Philox, height: number, width: number): NonNullable<Transform['erase']> {
  const area = between(random.unit(), ...ERASE_AREA) * height * width;
  const aspect = Math.exp(between(random.unit(), Math.log(ERASE_ASPECT[0]), Math.log(ERASE_ASPECT[1])));
  const tall = Math.max(1, Math.min(height, Math.round(Math.sqrt(area * aspect))));
  const wide = Math.max(1, Math.min(width, Math.round(Math.sqrt(area / aspect))));
  return { top: random.below(height - tall + 1), left: random.below(width - wide + 1), height: tall, width: wide };
}

const between = (share: number, low: number, high: number): number => low + share * (high - low);
