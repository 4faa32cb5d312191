/** Ways in which copied text is changed without changing what it says. Each keeps the folded text. */
export const disguises: Readonly<Record<string, (text: string) => string>> = {
  verbatim: (text) => text,
  'upper case': (text) => text.toUpperCase(),
  're-wrapped': (text) => text.replace(/\s+/g, ' ').replace(/(.{20,40}) /g, '$1\n'),
  quoted: (text) => text.replace(/^/gm, '> '),
  hyphenated: (text) => text.replace(/([a-z]{4})([a-z]{4})/g, '$1-\n$2'),
  'without spaces': (text) => text.replace(/\s+/g, ''),
  'spaced letters': (text) => Array.from(text).join(' '),
  'look-alikes': (text) => text.replace(/[aceopxyi]/g, (c) => ({ a: 'а', c: 'с', e: 'е', o: 'ο', p: 'р', x: 'х', y: 'у', i: 'і' })[c]!),
  'zero-width': (text) => Array.from(text).join('\u200b'),
  'combining marks': (text) => text.replace(/[a-z]/g, '$&\u0336\u0301'),
  'full width': (text) => text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  'mathematical bold': (text) => text.replace(/[a-z]/g, (c) => String.fromCodePoint(0x1d41a + c.charCodeAt(0) - 97)),
  'right to left marks': (text) => text.replace(/ /g, ' \u202e\u2066'),
};
