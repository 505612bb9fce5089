import { describeDevice } from '../engine/runtime/devices';

const { available, description } = await describeDevice('webgpu');

/** Whether WebGPU runs here: on a GPU, or on the software Vulkan that vitest.config.mjs looks for. Tests that need it are skipped without. */
export const webgpu = available;

if (!webgpu) console.log(`skipped: no WebGPU (${description}); Debian's package chromium brings a software Vulkan`);
