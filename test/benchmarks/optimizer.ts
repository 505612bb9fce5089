/** Nanoseconds that the kernel takes for a parameter, with and without all statistics, in turns: what memory and cache cost shows between 10^4 and 10^8 parameters. */
import { freemem } from 'node:os';
import { median } from '../../engine/diagnosis/statistics';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { parameterQuantities } from '../../engine/run/record';

export interface OptimizerTimes {
  parameters: number;
  /** Nanoseconds a parameter: the least, and the median over the rounds. */
  update: [number, number];
  measured: [number, number];
}

const sizes = [1e4, 1e5, 1e6, 1e7, 1e8];
/** Weights, gradients and Adam's two moments, and the weights that it starts from. */
const bytesEach = 5 * 4;
/** A round is at least so many updates of single parameters, so that the clock's resolution does not show. */
const leastUpdates = 2e5;
/** A busy machine lets few rounds through undisturbed. */
const milliseconds = 3000;

const summary = (times: number[]): [number, number] => [Math.min(...times), median(times)];

async function measure(parameters: number, rounds: number): Promise<OptimizerTimes> {
  const random = new Random(0, 'bench');
  const block = Float32Array.from({ length: 1e4 }, () => random.normal());
  const fill = (array: Float32Array): Float32Array => {
    for (let at = 0; at < array.length; at += block.length) array.set(block.subarray(0, array.length - at), at);
    return array;
  };
  const optimizer = await createOptimizer({ type: 'adam', learningRate: 1e-3 } as never, [{ name: 'p', dims: [parameters], data: fill(new Float32Array(parameters)) }]);
  fill(optimizer.store.gradient('p'));
  const statistics = new Float32Array(parameterQuantities.length);
  const repetitions = Math.ceil(leastUpdates / parameters);
  let step = 0;
  const round = (rows?: Float32Array): number => {
    const start = performance.now();
    for (let i = 0; i < repetitions; i++) optimizer.step({ step: ++step, learningRate: 1e-3, statistics: rows });
    return ((performance.now() - start) * 1e6) / repetitions / parameters;
  };
  round();
  round(statistics);
  const times: { update: number[]; measured: number[] } = { update: [], measured: [] };
  for (const until = performance.now() + milliseconds; times.update.length < rounds || performance.now() < until;) {
    times.update.push(round());
    times.measured.push(round(statistics));
  }
  return { parameters, update: summary(times.update), measured: summary(times.measured) };
}

export async function optimizerTimes(rounds: number, log: (text: string) => void): Promise<OptimizerTimes[]> {
  log('\nAdam, nanoseconds a parameter in one thread: least (median)');
  const rows: OptimizerTimes[] = [];
  for (const parameters of sizes) {
    if (parameters * bytesEach > 0.8 * freemem()) {
      log(`  ${String(parameters).padStart(9)} parameters: left out, ${((parameters * bytesEach) / 1e9).toFixed(1)} GB are not free`);
      continue;
    }
    const row = await measure(parameters, rounds);
    const text = ([least, middle]: [number, number]): string => `${least.toFixed(2)} (${middle.toFixed(2)})`;
    log(`  ${String(parameters).padStart(9)} parameters: update ${text(row.update)}, with all statistics ${text(row.measured)}`);
    rows.push(row);
  }
  return rows;
}
