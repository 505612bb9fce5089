import { KeyError } from '../errors';
import { matches, shortList } from '../pattern';
import type { OptimizerConfig, ParameterGroup } from './schema';

/** The options of one parameter: those of the optimizer, but for what the first group that names it says. */
export function optionsOf(config: Required<OptimizerConfig>, groups: readonly ParameterGroup[], name: string): Required<OptimizerConfig> {
  const group = groups.find(({ parameters }) => parameters.some((pattern) => matches(pattern, name)));
  if (!group) return config;
  const { parameters: _, ...options } = group;
  return { ...config, ...options };
}

/** Throws KeyError for a group that names no parameter, and for an optimizer that treats all alike. */
export function checkGroups(config: Required<OptimizerConfig>, groups: readonly ParameterGroup[], names: readonly string[]): void {
  if (groups.length > 0 && config.type === 'lbfgs') throw new KeyError('parameterGroups', 'is not possible with the optimizer "lbfgs", which takes one step for all parameters');
  groups.forEach(({ parameters }, i) => {
    const idle = parameters.findIndex((pattern) => !names.some((name) => matches(pattern, name)));
    if (idle >= 0) throw new KeyError(`parameterGroups.${i}.parameters.${idle}`, `"${parameters[idle]}" matches no trained parameter; the parameters are ${shortList(names)}`);
  });
}
