import { version as adamscope } from '../../package.json';
import { version as onnxruntime } from 'onnxruntime-node/package.json';

/** What a result depends on. */
export const versions = (): Record<string, string> => ({ adamscope, 'onnxruntime-node': onnxruntime, node: process.versions.node, platform: `${process.platform} ${process.arch}` });
