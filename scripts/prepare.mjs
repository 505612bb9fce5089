// Makes a fresh clone ready: packages and build; with --tests also the programs of the tests and the browser that those of the user interface
// need; with --packages nothing but the packages. Node's own modules only.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..'));
const flags = new Set(process.argv.slice(2));

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) fail(`Node ${process.versions.node} is too old; Adamscope needs Node 20 or newer`);

const installed = 'node_modules/.package-lock.json';
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync('package-lock.json').mtimeMs) {
  console.error('Installing packages ...');
  // npm started this script and says where it lies; onnxruntime's install script would download CUDA libraries, which nothing here needs.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = { ...process.env, npm_config_onnxruntime_node_install: 'skip', ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const options = { stdio: ['ignore', 2, 2], env };
  const { status } = npm ? spawnSync(process.execPath, [npm, ...args], options) : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (status !== 0) fail('The packages cannot be installed: "npm ci" failed; its message stands above.');
}
if (flags.has('--packages')) process.exit(0);

const build = ['scripts/build.mjs', ...(flags.has('--tests') ? ['--tests'] : [])];
if (spawnSync(process.execPath, build, { stdio: ['ignore', 2, 2] }).status !== 0) fail('The build failed; its message stands above.');

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
if (flags.has('--tests') && process.platform === 'linux' && !browsers.some(existsSync)) {
  if (process.getuid() !== 0 || spawnSync('apt-get', ['--version']).status !== 0 || !installChromium()) {
    console.error('The tests of the user interface need a browser and are skipped without one: install it with "sudo apt-get install chromium".');
  }
}

function installChromium() {
  console.error('Installing chromium ...');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2], env });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { stdio: ['ignore', 2, 2], env });
    return true;
  } catch {
    return false;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
