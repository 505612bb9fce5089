import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import * as vscode from 'vscode';
import { describeTable, labelCandidates, taskOf, type Table } from './table';
import { tableRunFile } from './template';

/** How much of a data file is looked at. */
const lookAt = 4 << 20;

/** Asks for the data and what to predict, writes a run file beside the data and opens it. `chosen` is a data file of the explorer. */
export async function createRunFile(extensionUri: vscode.Uri, chosen?: vscode.Uri): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new Error(vscode.l10n.t('Open a folder first: the run file is written into it.'));
  const data = chosen && isTable(chosen) ? chosen : await pickData(extensionUri, folder.uri);
  if (!data) return;
  const table = describeTable(await readStart(data.fsPath));
  if (!table) throw new Error(vscode.l10n.t('{0} is not a table: at least two rows of comma-separated values are needed.', vscode.workspace.asRelativePath(data)));
  const label = await pickLabel(table);
  if (!label) return;
  const text = tableRunFile({ csv: path.basename(data.fsPath), label, task: taskOf(label, table.rows), table });
  const base = path.basename(data.fsPath).replace(/\.(csv|tsv)(\.gz)?$/i, '');
  await write(vscode.Uri.joinPath(data, '..'), base, text);
}

const isTable = (uri: vscode.Uri): boolean => /\.(csv|tsv)(\.gz)?$/i.test(uri.path);

async function pickData(extensionUri: vscode.Uri, folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.{csv,tsv,csv.gz,tsv.gz}', '**/{node_modules,.adamscope}/**', 100);
  const sample = { label: `$(mortar-board) ${vscode.l10n.t('Sample: handwritten digits')}`, detail: vscode.l10n.t('Copies 1,797 images of 8 × 8 pixels into this folder'), uri: undefined };
  const items = [...found.sort((a, b) => a.path.localeCompare(b.path)).map((uri) => ({ label: `$(table) ${vscode.workspace.asRelativePath(uri)}`, detail: undefined, uri })), sample];
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Create Run File (1/2)'), placeHolder: vscode.l10n.t('What should the network learn from?') });
  if (!picked) return undefined;
  return picked.uri ?? copySample(extensionUri, folder);
}

async function copySample(extensionUri: vscode.Uri, folder: vscode.Uri): Promise<vscode.Uri> {
  const target = vscode.Uri.joinPath(folder, 'digits.csv');
  const there = await vscode.workspace.fs.stat(target).then(() => true, () => false);
  if (!there) await vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, 'samples', 'digits', 'digits.csv'), target);
  return target;
}

async function pickLabel(table: Table) {
  const items = labelCandidates(table).map((column) => {
    const task = taskOf(column, table.rows);
    const name = typeof column.name === 'number' ? vscode.l10n.t('column {0}', column.name + 1) : column.name;
    return { label: name, description: task.kind === 'classes' ? vscode.l10n.t('{0} classes', task.classes) : vscode.l10n.t('a number'), column };
  });
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Create Run File (2/2)'), placeHolder: vscode.l10n.t('Which column should it predict?'), matchOnDescription: true });
  return picked?.column;
}

async function write(folder: vscode.Uri, base: string, text: string): Promise<void> {
  const taken = new Set((await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name));
  let name = `${base}.train.json`;
  for (let count = 2; taken.has(name); count++) name = `${base}-${count}.train.json`;
  const uri = vscode.Uri.joinPath(folder, name);
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(uri, { contents: Buffer.from(text) });
  if (!(await vscode.workspace.applyEdit(edit))) throw new Error(vscode.l10n.t('{0} cannot be written.', uri.fsPath));
  await vscode.window.showTextDocument(uri);
}

/** The first part of a file, unpacked; the last, perhaps torn line is left out. */
async function readStart(file: string): Promise<string> {
  const raw = createReadStream(file);
  const stream = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  const parts: Buffer[] = [];
  let length = 0;
  raw.on('error', (error) => stream.destroy(error));
  for await (const part of stream as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length >= lookAt) break;
  }
  raw.destroy();
  const text = Buffer.concat(parts).toString('utf8').replace(/^\ufeff/, '');
  return length >= lookAt ? text.slice(0, text.lastIndexOf('\n') + 1) : text;
}
