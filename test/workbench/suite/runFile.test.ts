import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually, file, idle, lenses, openEditor, problems, read, write } from './editor';

const explodes = file('explodes.train.json');

async function trained(): Promise<vscode.TextEditor> {
  const editor = await openEditor(explodes);
  await vscode.commands.executeCommand('adamscope.train', explodes);
  await idle(explodes);
  await eventually(() => problems(explodes).length === 2, 'two problems');
  return editor;
}

const fixes = (range: vscode.Range) => vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', explodes, range, vscode.CodeActionKind.QuickFix.value);
const rate = () => problems(explodes).find(({ severity }) => severity === vscode.DiagnosticSeverity.Error)!;

suite('run file', () => {
  test('is JSON with comments', async () => assert.equal((await openEditor(explodes)).document.languageId, 'jsonc'));

  test('a finding is a problem on the value at fault, with its rule and what follows from it', async () => {
    const { document } = await trained();
    const problem = rate();
    assert.equal(document.getText(problem.range), '0.1');
    const code = problem.code as { value: string; target: vscode.Uri };
    assert.equal(code.value, 'gradient-exploding');
    assert.match(Buffer.from(await vscode.workspace.fs.readFile(code.target)).toString(), /^# Gradient/);
    assert.match(problem.relatedInformation![0].message, /Leads to: Loss spikes/);
    const symptom = problems(explodes).find(({ severity }) => severity === vscode.DiagnosticSeverity.Hint)!;
    assert.equal(document.getText(symptom.range), '"crossEntropy"');
  });

  test('the preferred Quick Fix changes the one value, answers the problem, and is one undo step', async () => {
    const { document } = await trained();
    const before = document.getText();
    const actions = await fixes(rate().range);
    assert.deepEqual(actions.filter(({ isPreferred }) => isPreferred).map(({ title }) => title), ['Set learningRate to 0.0012 (was 0.1): 38 / (1.2 × sharpness)']);
    assert.deepEqual(actions.slice(-2).map(({ title }) => title), ['Disable gradient-exploding in this file', 'Show documentation for gradient-exploding']);
    await vscode.workspace.applyEdit(actions[0].edit!);
    assert.equal(document.getText(), before.replace('0.1 // too large', '0.0012 // too large'));
    await eventually(() => problems(explodes).length === 0, 'problems gone');
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), before);
    await eventually(() => problems(explodes).length === 2, 'problems back');
  });

  test('a rule is disabled in the file that it bothers', async () => {
    const { document } = await trained();
    const action = (await fixes(rate().range)).find(({ title }) => title.startsWith('Disable'))!;
    await vscode.workspace.applyEdit(action.edit!);
    assert.match(document.getText(), /"diagnose": \{ "rules": \{ "gradient-exploding": "off" \} \}/);
    await vscode.commands.executeCommand('undo');
  });

  test('a new training clears the problems at once', async () => {
    await trained();
    await vscode.commands.executeCommand('adamscope.train', explodes);
    assert.deepEqual(problems(explodes), []);
    await vscode.commands.executeCommand('adamscope.stop', explodes);
  });

  test('what the engine refuses is a problem on its line, and gone with the next edit', async () => {
    const uri = await write(file('wrong.train.json'), (await read(explodes)).replace('"crossEntropy"', '"crossEntrpy"'));
    const editor = await openEditor(uri);
    await vscode.commands.executeCommand('adamscope.train', uri);
    const [problem] = await eventually(() => problems(uri).length > 0 && problems(uri), 'problem');
    assert.match(editor.document.getText(problem.range), /loss|crossEntrpy/);
    assert.match(problem.message, /crossEntropy/);
    await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), ' '));
    assert.deepEqual(problems(uri), []);
  });

  test('the hover shows the curve and links only to named commands', async () => {
    const { document } = await trained();
    const position = document.positionAt(document.getText().indexOf('"dense"') + 2);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', explodes, position);
    const text = hovers.flatMap(({ contents }) => contents as vscode.MarkdownString[]).find(({ value }) => value.includes('data:image/svg+xml'));
    assert.ok(text, 'no picture');
    assert.match(text.value, /Gradient norm/);
    assert.match(text.value, /command:adamscope\.openDashboard/);
  });

  test('lenses can be turned off', async () => {
    const settings = vscode.workspace.getConfiguration('adamscope');
    await settings.update('codeLens.enabled', false, vscode.ConfigurationTarget.Workspace);
    assert.deepEqual(await lenses(explodes), []);
    await settings.update('codeLens.enabled', undefined, vscode.ConfigurationTarget.Workspace);
    assert.ok((await lenses(explodes)).includes('Train'));
  });
});
