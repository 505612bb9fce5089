/**
 * Opens the built extension on a folder in the real workbench of a browser, until Ctrl+C; where no desktop VS Code is installed.
 * usage: node dist/test/open.js FOLDER
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { workbenchUrl } from './browser';
import { stageExtension } from './stage';
import { installServer, startServer } from './vscode-server';

async function main(folder: string): Promise<void> {
  installServer();
  const home = mkdtempSync(path.join(os.tmpdir(), 'adamscope-code-'));
  const extensionsFolder = path.join(home, 'extensions');
  mkdirSync(extensionsFolder);
  symlinkSync(stageExtension(path.join(home, 'staged'), 'real'), path.join(extensionsFolder, 'adamscope.adamscope-0.1.0'));
  const token = randomBytes(16).toString('hex');
  const server = await startServer({ home, extensionsFolder, token });
  console.log(`VS Code with Adamscope: ${workbenchUrl(server.port, folder)}&tkn=${token}\nCtrl+C ends it.`);
  await new Promise<void>((resolve) => ['SIGINT', 'SIGTERM', 'SIGHUP'].forEach((signal) => process.once(signal, () => resolve())));
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}

main(path.resolve(process.argv[2])).then(() => process.exit(0), (error: Error) => {
  console.error(error.message);
  process.exit(1);
});
