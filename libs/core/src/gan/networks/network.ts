import type { Layer } from '../../layers/layer';

/** The two halves of a GAN that depend on its architecture. */
export interface GanNetworks {
  /** [batch, inputs] -> [batch, ...exampleShape], without the last activation. */
  generator: Layer;
  /** [batch, ...exampleShape] -> [batch, features]. */
  features: Layer;
  featureCount: number;
}
