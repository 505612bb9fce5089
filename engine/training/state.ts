import type { Model } from '../layers/model';
import { createOptimizer, type Optimizer, type Surroundings } from '../optimizer/optimizer';
import type { OptimizerConfig } from '../optimizer/schema';

/** What training changes. */
export interface TrainedState {
  /** Its store holds the parameters that are not frozen. */
  optimizer: Optimizer;
  /** Running statistics, updated in place by every step. */
  buffers: Map<string, Float32Array>;
}

/**
 * Takes what training changes out of the model. The parameters in the model's graph are views into the optimizer's store from then on: the weights as they are, and no second copy of
 * what they were. Throws as `createOptimizer` does.
 */
export async function stateOf({ graph, parameters, buffers }: Model, config: OptimizerConfig, surroundings?: Surroundings): Promise<TrainedState> {
  const data = (name: string): Float32Array => graph.tensor(name)!.data as Float32Array;
  const trained = parameters.filter(({ frozen }) => !frozen);
  const optimizer = await createOptimizer(config, trained.map(({ name, dims }) => ({ name, dims, data: data(name) })), surroundings);
  for (const { name, dims } of trained) graph.setTensor(name, { type: 'float32', dims, data: optimizer.store.weight(name) });
  return { optimizer, buffers: new Map(buffers.map((name) => [name, data(name).slice()])) };
}
