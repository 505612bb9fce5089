/** Plays one story alone, for looking at the screen. usage: node dist/test/story.js [editor|installed] [folder for screenshots] */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { installServer } from '../vscode-server';
import { editorStory } from './editorStory';
import { installedStory } from './installedStory';

const [, , which = 'editor', shots] = process.argv;
const folder = mkdtempSync(path.join(os.tmpdir(), 'adamscope-story-'));
installServer();
void (which === 'installed' ? installedStory : editorStory)(folder, shots).then(({ failed }) => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(failed > 0 ? 1 : 0);
});
