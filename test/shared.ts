import { existsSync } from 'node:fs';
import path from 'node:path';

/** The repository's root. */
export const root = path.resolve(__dirname, '..');

const folder = path.resolve(root, '../shared');

/** Folder with real data and reference gradients beside the repository; tests that need it are skipped without it. */
export const shared: string | undefined = existsSync(path.join(folder, 'refs')) ? folder : undefined;

if (!shared) console.log('skipped: no shared data');
