/** A file name comes from a stranger's machine: no path, no control or direction characters; never used for I/O. */
export function cleanName(name: string): string {
  const last = name.normalize('NFC').split(/[/\\]/).at(-1)!;
  const visible = last.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '').trim();
  return visible === '' ? 'document' : visible;
}
