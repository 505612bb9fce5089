import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Random } from '../../engine/random';
import { installCuda } from '../../engine/runtime/cuda';
import { runtime } from '../../engine/runtime/ort';
import { Cancel } from '../../engine/verification/cancel';

const id = 'microsoft.ml.onnxruntime.gpu.linux';
const names = ['libonnxruntime_providers_cuda.so', 'libonnxruntime_providers_shared.so'];
const random = new Random(0, 'libraries');
const library = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => Math.floor(256 * random.uniform()));
const contents: Record<string, Uint8Array> = { [names[0]]: library(300_000), [names[1]]: library(5_000) };
const packed = (files: string[]): Buffer => Buffer.from(zipSync({
  '[Content_Types].xml': Buffer.from('<Types/>'),
  'runtimes/linux-x64/native/libonnxruntime_providers_tensorrt.so': library(50_000),
  ...Object.fromEntries(files.map((name) => [`runtimes/linux-x64/native/${name}`, contents[name]])),
}));

/** A feed as nuget.org is one: an index, a leaf of the registration, an entry of the catalogue, the package in pieces. */
interface Feed {
  content: Buffer;
  hash?: string;
  /** Bytes after which the connection is cut. */
  cut?: number;
}

let folder: string;
let server: Server;
let address: string;
let feed: Feed;
let version: string;

beforeEach(async () => {
  version = (await runtime()).env.versions.node!;
  folder = mkdtempSync(path.join(tmpdir(), 'adamscope-cuda-'));
  feed = { content: packed(names) };
  server = createServer(({ url }, response) => {
    const { content, hash = createHash('sha512').update(content).digest('base64'), cut } = feed;
    const documents: Record<string, object> = {
      '/v3/index.json': { version: '3.0.0', resources: [{ '@id': `${address}/flat/`, '@type': 'PackageBaseAddress/3.0.0' }, { '@id': `${address}/registration/`, '@type': 'RegistrationsBaseUrl/3.6.0' }] },
      [`/registration/${id}/${version}.json`]: { catalogEntry: `${address}/catalog/1.json`, packageContent: `${address}/flat/package.nupkg` },
      '/catalog/1.json': { packageHash: hash, packageHashAlgorithm: 'SHA512', packageSize: content.length },
    };
    if (url === '/html/index.json') return void response.end('<html>log in</html>');
    if (url !== '/flat/package.nupkg') return void (documents[url!] ? response.end(JSON.stringify(documents[url!])) : response.writeHead(404).end());
    response.setHeader('content-length', content.length);
    if (cut === undefined) return void response.end(content);
    response.write(content.subarray(0, cut), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
  rmSync(folder, { recursive: true });
});

const install = (path_ = '/v3/index.json', cancel?: Cancel) => installCuda({ feed: address + path_, folder }, cancel);

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('the libraries for CUDA', () => {
  it('are taken out of the package of the version that is installed', async () => {
    const seen: number[] = [];
    const device = await installCuda({ feed: `${address}/v3/index.json`, folder }, undefined, ({ done, total }) => seen.push(done / total));
    expect(device?.id).toBe('cuda');
    expect(readdirSync(folder).sort()).toEqual(names);
    for (const name of names) expect(readFileSync(path.join(folder, name)).equals(contents[name])).toBe(true);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it.each<[string, Partial<Feed>, string]>([
    ['a checksum that does not fit', { hash: 'AAAA' }, 'the download is damaged, its checksum is not the one of the feed; nothing was installed, try again'],
    ['a connection that breaks off', { cut: 200_000 }, 'the download broke off after 0 of 0 MB'],
    ['a package without one of them', { content: packed(names.slice(0, 1)) }, 'the package holds no runtimes/linux-x64/native/libonnxruntime_providers_shared.so; nothing was installed'],
    ['something that is no package', { content: Buffer.from('PK\u0003\u0004 but nothing of the kind') }, 'nothing was installed'],
  ])('%s leaves everything as it was', async (_, change, message) => {
    Object.assign(feed, change);
    await expect(install()).rejects.toMatchObject({ name: 'InputError', message: expect.stringContaining(message) as string });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leave nothing behind where the download is cancelled', async () => {
    const cancel = new Cancel();
    cancel.stop('the user');
    expect(await install(undefined, cancel)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['/v4/index.json', 'answers with status 404'],
    ['/html/index.json', 'is not JSON; a proxy may stand in between'],
  ])('a feed at %s is told with its address', async (where, message) => {
    await expect(install(where)).rejects.toMatchObject({ name: 'InputError', message: expect.stringMatching(`^${address}${where} .*${message}`) as string });
  });

  it('a feed that cannot be reached is told with its address', async () => {
    await expect(installCuda({ feed: 'http://127.0.0.1:9/index.json', folder })).rejects.toMatchObject({ name: 'InputError', message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/index\.json cannot be reached: /) as string });
  });
});
