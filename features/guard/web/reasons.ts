/** Why something could not be read, to go on a sentence with. */
export const REASONS: Readonly<Record<string, string>> = {
  encrypted: 'it is encrypted',
  broken: 'it is broken',
  too_large: 'it is too large',
  too_deep: 'it is nested too deep',
  too_many_entries: 'it holds too many files',
  ratio: 'it unpacks to far more than it should',
  too_many_pages: 'it has too many pages',
  timeout: 'reading it took too long',
  image: 'it is a picture, and pictures are not read',
  unsupported: 'its format is not read',
  unknown: 'its format is not known',
  index_not_ready: 'the scanner is still starting',
  busy: 'the scanner is busy',
};
