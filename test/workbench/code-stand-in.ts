/**
 * Stands in for the VS Code program in `@vscode/test-electron`: takes the same arguments, runs the suite in the server's Node extension host
 * with the workbench in a headless browser, and exits with the suite's code.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import { openBrowser, workbenchUrl } from './browser';
import { startServer } from './vscode-server';

const limit = 240_000;
const noise = /AgentHost|ChatModelSelection|AccountPolicyGate|connection token|Creating a socket|reconnection-grace|Service Worker|open-vsx|builtin extensions cache|spdlog|bindings file|watchdog/;

async function main(args: string[]): Promise<number> {
  const option = (name: string) => args.flatMap((argument) => (argument.startsWith(`--${name}=`) ? [path.resolve(argument.slice(name.length + 3))] : []));
  const folder = path.resolve(args.find((argument) => !argument.startsWith('-')) ?? '.');
  const home = mkdtempSync(path.join(os.tmpdir(), 'adamscope-vscode-'));
  const server = await startServer({ home, smoke: true });
  const browser = await openBrowser();
  try {
    const ended = new Promise<number>((resolve) => void browser.page.exposeFunction('codeAutomationExit', resolve));
    await browser.page.exposeFunction('codeAutomationLog', (_type: string, values: unknown[]) => {
      const text = format(...values);
      if (!noise.test(text)) console.log(text);
    });
    const remote = (file: string) => `vscode-remote://127.0.0.1:${server.port}${file}`;
    await browser.page.goto(workbenchUrl(server.port, folder, [
      ...option('extensionDevelopmentPath').map((file): [string, string] => ['extensionDevelopmentPath', remote(file)]),
      ...option('extensionTestsPath').map((file): [string, string] => ['extensionTestsPath', remote(file)]),
      ['skipWelcome', 'true'], ['skipReleaseNotes', 'true'],
    ]));
    return await Promise.race([ended, new Promise<number>((_, reject) => setTimeout(() => reject(new Error(`the suite did not end in ${limit / 1000} s\n${server.log().slice(-3000)}`)), limit).unref())]);
  } finally {
    await browser.close();
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).then((code) => process.exit(code), (error: Error) => {
  console.error(error.message);
  process.exit(70);
});
