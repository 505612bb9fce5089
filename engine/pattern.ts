/** Names of parameters as a run file gives them. */

/** Whether a name fits a pattern in which `*` stands for any text. */
export const matches = (pattern: string, name: string): boolean => new RegExp(`^${pattern.split('*').map((text) => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')}$`).test(name);

/** For a sentence: the first few of them. */
export const shortList = (names: readonly string[]): string => (names.length > 8 ? `${names.slice(0, 8).join(', ')}, ...` : names.join(', '));
