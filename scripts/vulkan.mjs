// A GPU for the tests where there is none: Chromium brings SwiftShader, a Vulkan that computes on the CPU, which WebGPU runs on.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const folders = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const files = ['vk_swiftshader_icd.json', 'libvulkan.so.1'];

/** Whether the machine has a graphics device of its own, which is then what is tested. */
const hardware = () => existsSync('/dev/nvidia0') || (existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD')));

/** What a process must find in its environment when it starts; empty where there is a GPU, or no Chromium. */
export function softwareVulkan() {
  if (process.platform !== 'linux' || process.env.VK_ICD_FILENAMES || hardware()) return {};
  const folder = folders.find((candidate) => files.every((file) => existsSync(path.join(candidate, file))));
  if (!folder) return {};
  const { LD_LIBRARY_PATH: libraries, XDG_RUNTIME_DIR: runtime = '/tmp' } = process.env;
  return {
    VK_ICD_FILENAMES: path.join(folder, files[0]),
    LD_LIBRARY_PATH: libraries ? `${libraries}:${folder}` : folder,
    XDG_RUNTIME_DIR: runtime,
  };
}
