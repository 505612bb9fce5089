/** How a run file is laid out, and JSON values written to match. */
export interface Layout {
  /** One step of indentation. */
  unit: string;
  eol: string;
}

/** Taken from the first indented line; two blanks where there is none. */
export const layoutOf = (text: string): Layout => ({
  unit: /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ',
  eol: text.includes('\r\n') ? '\r\n' : '\n',
});

const lineLength = 100;

/** On one line where it fits: { "dense": { "units": 10 } }; `indent` is that of the line it starts on. */
export function formatValue(value: unknown, layout: Layout, indent: string): string {
  const line = oneLine(value);
  if (line.length + indent.length <= lineLength || typeof value !== 'object') return line;
  return JSON.stringify(value, null, layout.unit).replaceAll('\n', layout.eol + indent);
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${oneLine(inner)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
