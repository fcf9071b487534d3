import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REGISTRY } from '../../machine/containers';
import { type Image, pushImage } from '../../machine/images';
import { clusterInfo } from '../cluster-info';
import { onceInRun } from '../once-in-run';

export const ENVOY_IMAGE = 'gateways/envoy:1';

/** Pushes the image of a program when the first test needs it. Pushed at every start, Envoy's would delay all runs by seconds. */
export function pushOnce(image: Image): Promise<void> {
  return onceInRun(`the image ${image.name.replace(/\W/g, '-')}`, 120, async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'canary-image-'));
    try {
      await pushImage(image, REGISTRY, scratch);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
}

export function pushEnvoy(): Promise<void> {
  return pushOnce({ name: ENVOY_IMAGE, program: clusterInfo.gateways!.envoy, path: '/usr/local/bin/envoy' });
}
