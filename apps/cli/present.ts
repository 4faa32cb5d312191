import { BackupError } from '#platform/server/backup/error.ts';
import { openPresent } from '#platform/server/backup/place.ts';
import { inData, type Config } from '#platform/server/config.ts';
import { CliError } from './io.ts';

/** The database that is here, whether its server runs or rests. */
export async function openHere(config: Config): ReturnType<typeof openPresent> {
  try {
    return await openPresent(config);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'nothing_here') throw error;
    throw new CliError(
      'usage',
      `Cannot find the database: ${inData(config)} holds none`,
      'Run this on the machine of the server with the same UNDERSEAL_DATA. Where the data is lost: underseal restore BACKUP --kit FILE',
    );
  }
}
