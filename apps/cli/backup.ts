import path from 'node:path';
import { openPresent } from '#platform/server/backup/place.ts';
import { openPresentRoot } from '#platform/server/root-key.ts';
import { writeBackup } from '#platform/server/backup/backup.ts';
import { nameLacking } from '#platform/server/backup/format.ts';
import { createDirectoryBlobs } from '#platform/server/blobs.ts';
import { inData, readConfig } from '#platform/server/config.ts';
import { systemClock } from '#platform/server/ports.ts';
import { createProgress, megabytes, say, writeJson, type Common, type Io } from './io.ts';

/** Written, but without documents that could not be read. */
const INCOMPLETE = 1;

/** On the machine of the server, with its settings; the server may run or rest. */
export async function backup(io: Io, options: Common & { readonly out: string }): Promise<number> {
  const config = readConfig(io.env);
  const place = await openPresent(config);
  const progress = createProgress(io);
  try {
    const root = await openPresentRoot(config);
    const blobs = await createDirectoryBlobs(inData(config, 'blobs'));
    const onProgress = ({ part, bytes }: { part: string; bytes: number }) => progress.show(`${part === 'rows' ? 'Rows' : 'Documents'}: ${megabytes(bytes)}`);
    const report = await writeBackup({ owner: place.owner, root, blobs, clock: systemClock, file: path.resolve(options.out), onProgress, signal: io.signal });
    root.close();
    progress.clear();
    say(
      io,
      `Backed up to ${report.file}: ${report.rows} rows, ${report.blobs} documents, ledger of ${report.ledger.size} entries, ${megabytes(report.bytes)}.\nIt opens only with the recovery kit of ${report.rootKey}: keep them apart.`,
    );
    if (report.lacking.length > 0)
      say(
        io,
        [
          `IT IS INCOMPLETE. Not in it, of ${report.blobs + report.lacking.length} documents, ${report.lacking.length === 1 ? 'is this one' : `are these ${report.lacking.length}`}:`,
          ...nameLacking(report.lacking).map((line) => `  - ${line}`),
          'What was destroyed or given up while the backup ran is no loss: run it again. Else bring the file of the blob back, from an older backup: docs/backup.md says how.',
        ].join('\n'),
      );
    if (options.json) writeJson(io, report);
    return report.lacking.length > 0 ? INCOMPLETE : 0;
  } finally {
    progress.clear();
    await place.close();
  }
}
