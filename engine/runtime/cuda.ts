import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { InputError } from '../errors';
import type { DeviceInfo } from '../host/protocol';
import type { Cancel, Progress } from '../verification/cancel';
import { describeDevice } from './devices';
import { extract, findPackage } from './nuget';
import { runtime } from './ort';

/** The libraries that onnxruntime-node needs for CUDA and leaves out for their size; its own installation takes them from the same place (script/install-metadata.js). */
const libraries = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
const inPackage = 'runtimes/linux-x64/native';
const packageId = 'microsoft.ml.onnxruntime.gpu.linux';

export interface CudaRequest {
  /** Address of a feed of NuGet. */
  feed?: string;
  /** Of the libraries; by default that of onnxruntime's, where they are looked for. */
  folder?: string;
}

/**
 * Downloads what CUDA needs of onnxruntime, of the version that is installed, and says whether the device works with it. Undefined where it was cancelled. CUDA 12
 * and cuDNN 9 themselves come from NVIDIA.
 */
export async function installCuda({ feed = 'https://api.nuget.org/v3/index.json', folder = libraryFolder() }: CudaRequest, cancel?: Cancel, progress?: (progress: Progress) => void): Promise<DeviceInfo | undefined> {
  const platform = `${process.platform} ${process.arch}`;
  if (platform !== 'linux x64') throw new InputError(`onnxruntime has CUDA for linux x64 only; this is ${platform}`);
  const { env } = await runtime();
  const version = env.versions.node!;
  const found = await findPackage(feed, packageId, version);
  const installed = await extract(found, new Map(libraries.map((name) => [`${inPackage}/${name}`, path.join(folder, name)])), cancel, progress);
  return installed ? describeDevice('cuda') : undefined;
}

/** Where onnxruntime's own library lies. */
function libraryFolder(): string {
  const root = path.dirname(path.dirname(createRequire(__filename).resolve('onnxruntime-node')));
  const folder = path.join(root, 'bin/napi-v6', process.platform, process.arch);
  if (!existsSync(folder)) throw new InputError(`${folder}: the library of onnxruntime is not where it was expected`);
  return folder;
}
