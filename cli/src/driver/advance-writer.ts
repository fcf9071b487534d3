import { applyObject } from '../cluster/apply';
import type { PlanObject } from '../core/kubernetes/objects';
import { provenanceOf } from '../core/kubernetes/provenance';
import { inWriteOrder } from '../core/kubernetes/write-order';
import { FolderWriter, type Written } from './folder-writer';

/** Applies the manifests of a folder of the way forward. */
export class AdvanceWriter extends FolderWriter {
  /** 404: the namespace may not exist yet. */
  protected readonly inconclusive = [400, 404];

  protected objectsIn(folder: string): readonly PlanObject[] {
    return inWriteOrder(this.session.objects.in(folder), folder);
  }

  protected writesOf(folder: string, isDryRun: boolean): (object: PlanObject) => Promise<Written> {
    const { api, kinds, objects } = this.session;
    const provenance = provenanceOf(objects, this.cache.live, folder);
    return async (object) => ({
      applied: await applyObject(api, kinds, object, folder, {
        ...this.options,
        provenance,
        wasThere: this.written.has(object.key),
        isDryRun,
        guard: () => this.lock.ensure(),
      }),
    });
  }
}
