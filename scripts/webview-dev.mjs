// Serves the dashboard with made-up runs on 127.0.0.1, for working on it without an engine, and for its browser test.
//   node scripts/webview-dev.mjs [port]     then open http://127.0.0.1:PORT/?run=exploding&theme=dark&live=50
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The extension's own policy with this server in the place of the webview's resource address. */
const policy = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'";
const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Adamscope dashboard with made-up runs</title>
<meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="themes.css"><link rel="stylesheet" href="dashboard.css"></head>
<body><script src="host.js"></script><script src="dashboard.js"></script></body></html>`;

const types = { '.js': 'text/javascript', '.css': 'text/css', '.map': 'application/json' };

async function bundle() {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root, bundle: true, write: false, outdir: 'out', platform: 'browser', target: 'es2022', format: 'iife', logLevel: 'warning',
    entryPoints: { dashboard: 'webview/index.ts', host: 'webview/dev/host.ts', themes: 'webview/dev/themes.css' },
  });
  return new Map(outputFiles.map((file) => [`/${path.basename(file.path)}`, file.contents]));
}

/** Starts the server; resolves with its address and what ends it. */
export async function serve(port = 0) {
  const files = await bundle();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const body = pathname === '/' ? page : files.get(pathname);
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': pathname === '/' ? 'text/html' : types[path.extname(pathname)] ?? 'text/plain' });
    response.end(body ?? 'not found');
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((resolve) => server.close(resolve)) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await serve(Number(process.argv[2] ?? 4173))).url);
