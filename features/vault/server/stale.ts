import type { SecretId, UploadId } from '@underseal/contract';
import type { Services } from '#platform/server/services.ts';
import { uploadDropped } from '../contract.ts';
import { endUpload, findStaleUploads, lockUpload } from './store.ts';

/** How long an upload that broke off may be taken up again. */
export const UPLOAD_KEPT_MS = 7 * 24 * 3600_000;

/** Ends uploads that nobody went on with for a week, and gives back their space. Answers how many. */
export async function dropStaleUploads(services: Services): Promise<number> {
  const before = new Date(services.clock.now().getTime() - UPLOAD_KEPT_MS);
  let dropped = 0;
  for (;;) {
    const stale = await findStaleUploads(services.db, before);
    for (const { id } of stale) if (await drop(services, id, before)) dropped++;
    if (stale.length < 100) return dropped;
  }
}

async function drop(services: Services, id: string, before: Date): Promise<boolean> {
  return services.alone({ via: 'vault.dropStale' }, async ({ tx, now, record }) => {
    const found = await lockUpload(tx, id);
    if (!found || found.ended_at !== null || found.touched_at >= before) return false;
    await endUpload(tx, id, now);
    record(uploadDropped, { uploadId: id as UploadId, secretId: found.secret_id as SecretId });
    return true;
  });
}
