import path from 'node:path';
import { nameLacking } from '#platform/server/backup/format.ts';
import { restoreBackup } from '#platform/server/backup/restore.ts';
import { readConfig } from '#platform/server/config.ts';
import { systemClock } from '#platform/server/ports.ts';
import { openFile } from './files.ts';
import { CliError, createProgress, megabytes, say, writeJson, type Common, type Io } from './io.ts';

/** Into an empty place only; either proved whole, or empty again. */
export async function restore(io: Io, file: string, options: Common & { readonly kit: string; readonly incomplete?: boolean }): Promise<number> {
  const config = readConfig(io.env);
  const kit = await readKit(options.kit);
  const progress = createProgress(io);
  try {
    const onProgress = ({ part, bytes }: { part: string; bytes: number }) =>
      progress.show(part === 'proof' ? 'Proving what was restored' : `${part === 'rows' ? 'Rows' : 'Documents'}: ${megabytes(bytes)}`);
    const report = await restoreBackup({
      config,
      file: path.resolve(file),
      kit,
      clock: systemClock,
      incomplete: options.incomplete ?? false,
      onProgress,
      signal: io.signal,
    });
    progress.clear();
    say(
      io,
      [
        `Restored the backup of ${report.createdAt}. Proved:`,
        `  - ${report.rows} rows in ${report.tables} tables, as many as there were`,
        `  - ledger: ${report.entries} entries give the root ${report.root}${report.checkpointSigned ? ', which its checkpoint signs' : ''}`,
        `  - ${report.disclosures} disclosures, each of an entry that is there; ${report.waiting} entries wait for their place`,
        `  - ${report.blobs} documents (${megabytes(report.blobBytes)}), byte for byte`,
        `  - the keys open under ${report.rootKey}, now kept in ${report.rootKeyFile}`,
        ...(report.lacking.length > 0 ? ['IT IS INCOMPLETE, as the backup was. Not here:', ...nameLacking(report.lacking).map((line) => `  - ${line}`)] : []),
        'What was ended after that time is open again: go through roles, grants and tokens before others use it.',
      ].join('\n'),
    );
    if (options.json) writeJson(io, report);
    return 0;
  } finally {
    progress.clear();
  }
}

/** Text of the recovery kit, or what was typed from it. */
export async function readKit(file: string): Promise<string> {
  const handle = await openFile(file);
  try {
    if ((await handle.stat()).size > 65_536) throw new CliError('usage', `Cannot read "${file}": it is too long to be a recovery kit`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
