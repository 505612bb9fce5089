import { applyEdits, pathRange } from '../../run/edit';
import type { Change } from './change';

const width = 120;

/** The run file with the changes made one after the other, each below a comment that says why. */
export const annotated = (text: string, changes: readonly Change[], heading: string): string =>
  `${comment(heading, '')}${changes.reduce(annotate, text)}`;

function annotate(text: string, { title, because, edits }: Change): string {
  const edited = applyEdits(text, edits);
  // Insertions come last first: the path of the last one is not moved by the others.
  const { offset } = pathRange(edited, edits.at(-1)!.path);
  const line = edited.lastIndexOf('\n', offset - 1) + 1;
  const indent = /^[ \t]*/.exec(edited.slice(line))![0];
  return edited.slice(0, line) + comment(`${title} (${because})`, indent) + edited.slice(line);
}

function comment(sentence: string, indent: string): string {
  const lines: string[] = [];
  for (const word of sentence.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + 4 + last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}// ${line}\n`).join('');
}
