/** docs/benchmarks.md: what `npm run bench -- steps profile --document` measured. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { inWords, type Profile } from './profile';
import type { Row, Steps } from './steps';

const number = (value: number | undefined, digits: number): string => (value === undefined || Number.isNaN(value) ? '' : value.toFixed(digits));
const ratio = (row: Row, name: string): string => (row.ratios[name] ? `${row.ratios[name][0].toFixed(2)} (${row.ratios[name][1].toFixed(2)} to ${row.ratios[name][2].toFixed(2)})` : '');
const table = (head: string[], rows: string[][]): string => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const commit = (): string => execFileSync('git', ['log', '-1', '--format=%h, %as'], { encoding: 'utf8' }).trim();

export function document({ threads, device, rounds, ours, others: { torch, ...others }, rows }: Steps, { nets }: Profile): string {
  const rivals = Object.keys(others);
  const versions = [...(torch ? [`PyTorch ${torch.version}`] : []), ...(rivals.length > 0 ? [`TensorFlow.js ${others[rivals[0]].version}`] : [])];
  const title = (name: string): string => name.replace(/^tfjs (\w+)$/, 'TensorFlow.js ($1)');
  return `# Benchmarks

Written by \`npm run bench -- steps profile --document\` at commit ${commit()}, on ${cpus()[0].model.trim()} with ${threads} threads, device ${device}, Node ${process.version}${versions.length > 0 ? `, beside ${versions.join(' and ')}` : ''}.
All parties take turns within one run; what counts are ratios, given as the median over ${rounds} rounds with the smallest and the largest. A matrix product of 1024 x 1024 ran at ${number(ours.gflops, 0)} GFLOP/s${torch ? ` (PyTorch: ${number(torch.gflops, 0)})` : ''}.

## A step, in milliseconds

${table(['Model', 'Forward', 'Step, not watched', 'light', 'standard', 'full', 'PyTorch', ...rivals.map(title), 'Optimizer\'s share'], rows.map((row) => [row.model, ...['forward', 'off', 'light', 'standard', 'full', 'torch', ...rivals].map((name) => number(row.milliseconds[name], 2)), `${number(100 * row.optimizerShare, 0)} %`]))}

## Ratios

"Limit": the time that the multiplications and additions of the step would take at the speed of that matrix product.

${table(['Model', 'light / not watched', 'standard / not watched', 'standard / PyTorch', ...rivals.map((name) => `standard / ${title(name)}`), 'standard / limit'], rows.map((row) => [row.model, ...['light / off', 'standard / off', 'standard / torch', ...rivals.map((name) => `standard / ${name}`)].map((name) => ratio(row, name)), number(row.limitRatio, 1)]))}

## Memory, in MB

What a process needs beyond what it had before the model was made. "Bound": five times the weights (weights, gradient, two moments, one to spare) and one and a half times what PyTorch needs beyond its weights, gradients and moments.

${table(['Model', 'Weights', 'Adamscope', 'PyTorch', 'Bound'], rows.map((row) => [row.model, number(row.memory.weights, 0), number(row.memory.ours, 0), number(row.memory.torch, 0), number(row.memory.bound, 0)]))}

## Where the time goes

The operations of a step on the CPU, each as fast as it was in any step. "Products": of matrices, and convolutions; "limit": what they would take at the speed of that matrix product. "Parts": the operator of the model that an operation is there for.

${table(['Model', 'ms', 'Products', 'products / limit', 'Operators', 'Parts'], nets.map((net) => [net.model, number(net.milliseconds, 2), `${number((100 * net.products) / net.milliseconds, 0)} %`, number(net.products / net.limit, 1), inWords(net.operators, net), inWords(net.parts, net)]))}
`;
}

export const writeDocument = (steps: Steps, profile: Profile, file: string): void => writeFileSync(file, document(steps, profile));
