/** Plays one story alone, for looking at the screen. usage: node dist/test/story.js [editor|installed|search] [folder for screenshots] */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installServer } from '../vscode-server';
import { editorStory } from './editorStory';
import { installedStory } from './installedStory';
import { searchStory } from './searchStory';

const stories = { editor: editorStory, installed: installedStory, search: searchStory };
const [, , which = 'editor', shots] = process.argv;
const folder = mkdtempSync(path.join(os.tmpdir(), 'adamscope-story-'));
installServer();
void stories[which as keyof typeof stories](folder, shots).then(({ failed }) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(failed > 0 ? 1 : 0);
});
