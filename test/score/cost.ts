import { buildModel } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';

/**
 * Seconds of a step on one core, as a formula rather than a measurement: what a run is cut to must not depend on how busy the machine is. Forward and reverse pass
 * are three times the multiplications of the forward pass.
 */
export function stepSeconds(layers: LayerEntry[], dims: number[], batch: number): number {
  const model = buildModel(layers, { type: 'float32', dims }, 0);
  const positions = new Map(model.activations.map(({ layer, dims: [, ...rest] }) => [layer, rest.reduce((a, b) => a * b, 1)]));
  const products = model.parameters.reduce((sum, { dims: d, layer }) => sum + (d.length > 1 ? d.reduce((a, b) => a * b, 1) * (positions.get(layer) ?? 1) : 0), 0);
  return perStep + perLayer * layers.length + (3 * batch * products) / productsPerSecond;
}

/** Measured on a core of 2020: of the small networks, and of convolutions. */
const perStep = 4e-4;
const perLayer = 2e-5;
const productsPerSecond = 1e10;

/** What no run is cut below, whichever is less: in one epoch of few updates even a healthy net of many convolutions does not learn what others of the same data do. */
const [fewestEpochs, fewestUpdates] = [3, 1500];

/** Epochs that fit into the seconds. */
export const cappedEpochs = (epochs: number, stepsPerEpoch: number, secondsPerStep: number, seconds: number): number =>
  Math.min(epochs, Math.max(Math.min(fewestEpochs, Math.ceil(fewestUpdates / stepsPerEpoch)), Math.floor(seconds / (stepsPerEpoch * secondsPerStep))));
