/**
 * Line and column (both 1-based, in characters) of a cell, for errors only: `record` counts rows from 0, blank ones included, `cell` counts from 0.
 * A quoted cell may hold line breaks, so lines are counted by walking the text.
 */
export function locateCell(text: string, delimiter: string, record: number, cell: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  let at = 0;
  let quoted = false;
  let start = true; // at the start of a cell, where a quote opens
  for (let r = 0, c = 0; at < text.length && !(r === record && c === cell); at++) {
    const char = text[at];
    if (quoted) {
      if (char === '"') quoted = false;
    } else if (char === '"' && start) {
      quoted = true;
    }
    start = false;
    if (char === '\n' || (char === '\r' && text[at + 1] !== '\n')) {
      line++;
      lineStart = at + 1;
      if (quoted) continue;
      if (r === record) return { line: line - 1, column: 1 };
      r++;
      c = 0;
      start = true;
    } else if (!quoted && text.startsWith(delimiter, at)) {
      at += delimiter.length - 1;
      c++;
      start = true;
    } else if (!quoted && char === '"' && text[at + 1] === '"') {
      start = true; // an escaped quote: the next one opens again
    }
  }
  // Spaces before a value are not the value.
  while (text[at] === ' ') at++;
  return { line, column: at - lineStart + 1 };
}
