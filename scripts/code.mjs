// Opens the extension on the samples: in the VS Code that is installed, or else in the real workbench in a browser.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const samples = writable(path.join(root, 'samples'));
const shell = process.platform === 'win32'; // there `code` is a .cmd file

if (spawnSync('code', ['--version'], { shell, stdio: 'ignore' }).status === 0) {
  const quoted = (text) => (shell ? `"${text}"` : text);
  spawnSync('code', ['--new-window', quoted(`--extensionDevelopmentPath=${root}`), quoted(samples)], { shell, stdio: 'inherit' });
} else if (process.platform === 'linux') {
  const child = spawn(process.execPath, [path.join(root, 'dist/test/open.js'), samples], { stdio: 'inherit' });
  // Ctrl+C reaches the child too, which then tidies up; this process only waits for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code) => process.exit(code ?? 1));
} else {
  console.error('VS Code was not found: install it, and its command "code" with "Shell Command: Install \'code\' command in PATH".');
  process.exit(1);
}

/** The folder itself where runs can be written into it, otherwise a copy. */
function writable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    const copy = path.join(mkdtempSync(path.join(tmpdir(), 'adamscope-')), path.basename(folder));
    cpSync(folder, copy, { recursive: true });
    return copy;
  }
}
