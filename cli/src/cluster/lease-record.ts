import { gunzipSync, gzipSync } from 'node:zlib';
import { ROLLBACK_ANNOTATION } from '../core/kubernetes/lease';
import { type Resource, textAt } from '../core/resource';
import { type RollbackRecord, isRecord } from '../core/rollout/rollback-record';

/** Above this length the text is compressed: all annotations of an object may have 256 KiB. */
const MOST_PLAIN = 64 * 1024;
const COMPRESSED = 'gzip,';

export function recordText(record: RollbackRecord): string {
  const text = JSON.stringify(record);
  return text.length <= MOST_PLAIN ? text : COMPRESSED + gzipSync(text).toString('base64');
}

/** Returns what a Lease says about the way back; undefined if it says nothing that can be read. */
export function recordOf(lease: Resource | undefined): RollbackRecord | undefined {
  const text = textAt(lease, 'metadata', 'annotations', ROLLBACK_ANNOTATION);
  if (text === undefined) {
    return undefined;
  }
  try {
    const plain = text.startsWith(COMPRESSED) ? gunzipSync(Buffer.from(text.slice(COMPRESSED.length), 'base64')).toString() : text;
    const value: unknown = JSON.parse(plain);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
