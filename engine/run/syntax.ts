import { createScanner, ParseErrorCode, parseTree, printParseErrorCode, SyntaxKind, type Node, type ParseError } from 'jsonc-parser';
import { InputError, type Place } from '../errors';

/** The node tree of JSON with comments (trailing commas allowed); throws an InputError for the first mistake, and for a key written twice. */
export function parseSyntax(text: string, file: string): Node {
  refuseDepth(text, file);
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  if (text.trim() === '') throw new InputError('the file is empty, a run file is a JSON object {...}', { file });
  if (errors.length > 0) throw new InputError(syntaxSentence(errors, tree, text), placeAt(text, file, errors[0].offset));
  refuseDuplicates(tree!, text, file);
  return tree!;
}

const maximumDepth = 200;

/** The parser calls itself for every level, and would run out of stack. */
function refuseDepth(text: string, file: string): void {
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token = scanner.scan(); token !== SyntaxKind.EOF; token = scanner.scan()) {
    if (token === SyntaxKind.OpenBraceToken || token === SyntaxKind.OpenBracketToken) depth++;
    if (token === SyntaxKind.CloseBraceToken || token === SyntaxKind.CloseBracketToken) depth--;
    if (depth > maximumDepth) throw new InputError(`more than ${maximumDepth} lists and objects are within each other`, placeAt(text, file, scanner.getTokenOffset()));
  }
}

/** Line and column of an offset, both 1-based. */
export function placeAt(text: string, file: string, offset: number): Place {
  const before = text.slice(0, offset);
  return { file, line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

const expected: Partial<Record<ParseErrorCode, string>> = {
  [ParseErrorCode.PropertyNameExpected]: 'expected a key in double quotes',
  [ParseErrorCode.ValueExpected]: 'expected a value: a text in double quotes, a number, true, false, null, a list or an object',
  [ParseErrorCode.ColonExpected]: 'expected ":" after the key',
  [ParseErrorCode.CommaExpected]: 'expected ","',
  [ParseErrorCode.CloseBraceExpected]: 'expected "}"',
  [ParseErrorCode.CloseBracketExpected]: 'expected "]"',
  [ParseErrorCode.EndOfFileExpected]: 'expected the end of the file',
  [ParseErrorCode.InvalidSymbol]: 'expected JSON',
  [ParseErrorCode.InvalidNumberFormat]: 'the number is not complete',
  [ParseErrorCode.UnexpectedEndOfNumber]: 'the number is not complete',
  [ParseErrorCode.UnexpectedEndOfString]: 'the text is not closed with a double quote',
  [ParseErrorCode.UnexpectedEndOfComment]: 'the comment is not closed with */',
  [ParseErrorCode.InvalidUnicode]: 'the text has a \\u that four hexadecimal digits do not follow',
  [ParseErrorCode.InvalidEscapeCharacter]: 'the text has a \\ that no escape follows',
  [ParseErrorCode.InvalidCharacter]: 'the text has a control character',
};

function syntaxSentence([{ error, offset, length }, next]: ParseError[], tree: Node | undefined, text: string): string {
  const token = text.slice(offset, offset + Math.max(length, 1)).split(/[\r\n]/)[0].slice(0, 40);
  const found = offset >= text.length ? 'the end of the file' : token === '' ? 'the end of the line' : token.includes('"') ? token : `"${token}"`;
  // A symbol that is not JSON says nothing of what it stands for; the error after it does.
  const code = error !== ParseErrorCode.InvalidSymbol ? error
    : tree && offset >= tree.offset + tree.length ? ParseErrorCode.EndOfFileExpected
    : next?.error ?? error;
  return `${expected[code] ?? printParseErrorCode(code)}, found ${found}`;
}

function refuseDuplicates(node: Node, text: string, file: string): void {
  const seen = new Map<string, Node>();
  for (const child of node.children ?? []) {
    if (child.type === 'property') {
      const [key] = child.children!;
      const first = seen.get(key.value);
      if (first) {
        const line = placeAt(text, file, first.offset).line;
        throw new InputError(`the key ${JSON.stringify(key.value)} is written twice, first on line ${line}`, placeAt(text, file, key.offset));
      }
      seen.set(key.value, key);
    }
    refuseDuplicates(child, text, file);
  }
}
