import { codePoint } from './charset.ts';

const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest ' +
  'Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig ' +
  'agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
const GREEK_UPPER = 'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi Chi Psi Omega';
const GREEK_LOWER = 'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega';

const named = new Map<string, string>([
  ...row(LATIN, 160),
  ...row(GREEK_UPPER, 0x391),
  ...row(GREEK_LOWER, 0x3b1),
  ...Object.entries({
    amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", AMP: '&', LT: '<', GT: '>', QUOT: '"', Tab: '\t', NewLine: '\n',
    excl: '!', num: '#', dollar: '$', percnt: '%', lpar: '(', rpar: ')', ast: '*', plus: '+', comma: ',', period: '.', sol: '/', colon: ':', semi: ';',
    equals: '=', quest: '?', commat: '@', lsqb: '[', lbrack: '[', bsol: '\\', rsqb: ']', rbrack: ']', Hat: '^', lowbar: '_', grave: '`', lcub: '{', lbrace: '{',
    verbar: '|', vert: '|', rcub: '}', rbrace: '}', hyphen: '\u2010', dash: '\u2010', ndash: '–', mdash: '—', lsquo: '‘', rsquo: '’', sbquo: '‚', ldquo: '“',
    rdquo: '”', bdquo: '„', lsaquo: '‹', rsaquo: '›', hellip: '…', bull: '•', dagger: '†', Dagger: '‡', permil: '‰', prime: '′', Prime: '″', oline: '‾',
    euro: '€', trade: '™', ensp: '\u2002', emsp: '\u2003', thinsp: '\u2009', hairsp: '\u200a', ZeroWidthSpace: '\u200b', zwnj: '\u200c', zwj: '\u200d', lrm: '\u200e', rlm: '\u200f',
    NoBreak: '\u2060', fjlig: 'fj', OElig: 'Œ', oelig: 'œ', Scaron: 'Š', scaron: 'š', Yuml: 'Ÿ', fnof: 'ƒ', circ: 'ˆ', tilde: '˜', larr: '←', uarr: '↑',
    rarr: '→', darr: '↓', harr: '↔', rArr: '⇒', hArr: '⇔', forall: '∀', part: '∂', exist: '∃', empty: '∅', isin: '∈', prod: '∏', sum: '∑', minus: '−',
    radic: '√', infin: '∞', cap: '∩', cup: '∪', int: '∫', asymp: '≈', ne: '≠', equiv: '≡', le: '≤', ge: '≥', sub: '⊂', sup: '⊃', sdot: '⋅', loz: '◊',
    star: '☆', check: '✓', cross: '✗',
  }),
]);

function row(names: string, first: number): [string, string][] {
  return names.split(' ').map((name, i) => [name, String.fromCharCode(first + i)]);
}

/** Text with its character references decoded. What is no known reference stays as it is: nothing is expanded twice, nothing is lost. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#[xX]([0-9a-fA-F]{1,32});?|#([0-9]{1,32});?|([A-Za-z][A-Za-z0-9]{1,31});|(nbsp|amp|lt|gt|quot)(?![A-Za-z0-9=]))/g, (whole, hex, decimal, name, bare) => {
    if (hex !== undefined) return codePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return codePoint(Number.parseInt(decimal, 10));
    return named.get(name ?? bare) ?? whole;
  });
}
