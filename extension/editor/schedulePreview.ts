import { getLocation } from 'jsonc-parser';
import * as vscode from 'vscode';
import { formatNumber } from '../runs/run';
import type { RunStore } from '../runs/runStore';
import { isRunFile, runFiles, valueAt } from './runFile';
import { type Preview, previewOf } from './scheduleCurve';
import { chart } from './sparkline';

/** Updates in an epoch where no run has told yet. */
const assumed = 100;

/** Draws the learning rate over the run in the hover of `schedule`. */
export const registerSchedulePreview = (store: RunStore): vscode.Disposable =>
  vscode.languages.registerHoverProvider(runFiles, {
    provideHover(document, position) {
      if (!isRunFile(document.uri)) return undefined;
      const text = document.getText();
      if (getLocation(text, document.offsetAt(position)).path[0] !== 'schedule') return undefined;
      const learningRate = valueAt(text, 'optimizer.learningRate');
      const epochs = valueAt(text, 'epochs');
      const known = store.latestOf(document.uri.fsPath)?.header.stepsPerEpoch;
      const setting = {
        learningRate: typeof learningRate === 'number' && learningRate > 0 ? learningRate : 1,
        epochs: Number.isInteger(epochs) && (epochs as number) > 0 ? (epochs as number) : 10,
        stepsPerEpoch: known ?? assumed,
      };
      const preview = previewOf(valueAt(text, 'schedule'), setting);
      return preview && new vscode.Hover(hoverText(preview, setting.learningRate, known === undefined, learningRate === undefined));
    },
  });

function hoverText({ series, steps, warmupSteps, type }: Preview, base: number, guessed: boolean, relative: boolean): vscode.MarkdownString {
  const dark = [vscode.ColorThemeKind.Dark, vscode.ColorThemeKind.HighContrast].includes(vscode.window.activeColorTheme.kind);
  const picture = chart(series, { width: 360, height: 110, tone: 'plain', theme: dark ? 'dark' : 'light', from: 1, to: steps, format: formatNumber });
  const title = relative ? vscode.l10n.t('Learning rate, as a multiple of the default') : vscode.l10n.t('Learning rate');
  const notes = [
    vscode.l10n.t('{0} steps: from {1}, at most {2}, to {3}', steps, formatNumber(series[0]), formatNumber(Math.max(...series)), formatNumber(series.at(-1)!)),
    ...(warmupSteps >= steps ? [vscode.l10n.t('The warm-up of {0} steps is longer than the run.', warmupSteps)] : []),
    ...(type === 'reduceOnPlateau' ? [vscode.l10n.t('Reductions depend on the validation loss and are not drawn; {0} is the rate before the first.', formatNumber(base))] : []),
    ...(guessed ? [vscode.l10n.t('Drawn for {0} steps an epoch; after the first run for as many as it has.', assumed)] : []),
  ];
  const text = new vscode.MarkdownString(`**${title}**\n\n![${title}](${picture})\n\n`);
  for (const note of notes) text.appendText(note).appendMarkdown('\n\n');
  return text;
}
