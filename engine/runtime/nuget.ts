/** NuGet's protocol as far as some files of one package need it (https://learn.microsoft.com/nuget/api/overview). */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Unzip, UnzipInflate } from 'fflate';
import { InputError } from '../errors';
import type { Cancel, Progress } from '../verification/cancel';

export interface Package {
  url: string;
  bytes: number;
  /** Of the whole package, base64. */
  sha512: string;
}

interface Index { resources: { '@id': string; '@type': string }[] }
interface Leaf { catalogEntry: string; packageContent: string }
interface CatalogEntry { packageHash: string; packageHashAlgorithm: string; packageSize: number }

/** Where a version of a package is and what it must be. `index`: address of a feed. */
export async function findPackage(index: string, id: string, version: string): Promise<Package> {
  const { resources } = await json<Index>(index);
  const registrations = resources.find((resource) => resource['@type'].startsWith('RegistrationsBaseUrl'))?.['@id'];
  if (registrations === undefined) throw new InputError(`${index} is no feed of NuGet: it names no registrations`);
  const { catalogEntry, packageContent } = await json<Leaf>(`${registrations.replace(/\/$/, '')}/${id}/${version}.json`);
  const { packageHash, packageHashAlgorithm, packageSize } = await json<CatalogEntry>(catalogEntry);
  if (packageHashAlgorithm !== 'SHA512') throw new InputError(`${catalogEntry}: the checksum is ${packageHashAlgorithm}; SHA512 is needed`);
  return { url: packageContent, bytes: packageSize, sha512: packageHash };
}

/** Takes files out of a package while it comes in, and puts them in their place once it has come in whole: `files` from their path in it to that on the disk. False where it was cancelled. */
export async function extract({ url, bytes, sha512 }: Package, files: ReadonlyMap<string, string>, cancel?: Cancel, progress: (progress: Progress) => void = () => {}): Promise<boolean> {
  const open = new Map<string, { file: string; temporary: string; descriptor: number }>();
  const hash = createHash('sha512');
  let done = 0;
  const unzip = new Unzip((entry) => {
    const file = files.get(entry.name);
    if (file === undefined) return;
    const temporary = `${file}.${process.pid}.tmp`;
    const descriptor = openSync(temporary, 'w');
    open.set(entry.name, { file, temporary, descriptor });
    entry.ondata = (error, data) => {
      if (error) throw error;
      for (let at = 0; at < data.length;) at += writeSync(descriptor, data, at);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  try {
    for await (const chunk of await body(url)) {
      if (cancel?.reason !== undefined) return false;
      hash.update(chunk);
      done += chunk.length;
      if (done > bytes) break;
      unzip.push(chunk);
      progress({ done, total: bytes, message: `downloading ${megabytes(bytes)} MB` });
    }
    if (done !== bytes || hash.digest('base64') !== sha512) throw new InputError(`${url}: the download is damaged, its checksum is not the one of the feed; nothing was installed, try again`);
    const missing = [...files.keys()].find((name) => !open.has(name));
    if (missing !== undefined) throw new InputError(`${url}: the package holds no ${missing}; nothing was installed`);
    for (const { descriptor } of open.values()) fsyncSync(descriptor);
    for (const { temporary, file } of open.values()) renameSync(temporary, file);
    return true;
  } catch (error) {
    if (error instanceof InputError || (error as NodeJS.ErrnoException).syscall) throw error;
    throw new InputError(`${url}: the download broke off after ${megabytes(done)} of ${megabytes(bytes)} MB (${reasonOf(error)}); nothing was installed, try again`);
  } finally {
    for (const { descriptor, temporary } of open.values()) {
      closeSync(descriptor);
      rmSync(temporary, { force: true });
    }
  }
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

async function body(url: string): Promise<AsyncIterable<Uint8Array>> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new InputError(`${url} cannot be reached: ${reasonOf(error)}`);
  }
  if (!response.ok || !response.body) throw new InputError(`${url} answers with status ${response.status}`);
  return response.body as unknown as AsyncIterable<Uint8Array>;
}

async function json<T>(url: string): Promise<T> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await body(url)) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as T;
  } catch {
    throw new InputError(`${url} answers with something that is not JSON; a proxy may stand in between`);
  }
}

/** fetch says "fetch failed" and tells why in the cause. */
const reasonOf = (error: unknown): string => (((error as Error).cause as Error | undefined)?.message || (error as Error).message).split('\n')[0];
