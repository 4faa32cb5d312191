import { peopleFailures } from '../contract.ts';

export interface About {
  readonly email: string;
  readonly name: string;
  readonly organisation: string;
}

const LEAST_CHARACTERS = 12;
/** What has to be left once all that anybody would try first is taken away. */
const LEAST_OWN = 5;
/** Words that stand in most of the passwords that people choose most. */
const COMMON = [
  'password',
  'passwort',
  'passwd',
  'passphrase',
  'motdepasse',
  'contrasena',
  'kennwort',
  'administrator',
  'administrador',
  'admin',
  'letmein',
  'welcome',
  'willkommen',
  'bienvenue',
  'changeme',
  'trustno',
  'secret',
  'geheim',
  'iloveyou',
  'football',
  'baseball',
  'superman',
  'batman',
  'princess',
  'sunshine',
  'monkey',
  'dragon',
  'master',
  'shadow',
  'starwars',
  'whatever',
  'hello',
  'freedom',
  'default',
  'login',
  'access',
  'company',
  'underseal',
  'spring',
  'summer',
  'autumn',
  'winter',
  'january',
  'february',
  'march',
  'april',
  'august',
  'september',
  'october',
  'november',
  'december',
  'monday',
  'friday',
];
const ROWS = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'qwertzuiop', 'asdfghjkl', 'zxcvbnm', 'yxcvbnm', '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol'];
const FOLDS: Readonly<Record<string, string>> = { 0: 'o', 1: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', '@': 'a', $: 's', '!': 'i' };

/** Throws `password_weak`. No rule of character classes: length counts, and that it is not what is tried first (NIST SP 800-63B-4, 3.1.1.2). */
export function assertPasswordStrong(password: string, about: About): void {
  const why = weaknessOf(password, about);
  if (why !== undefined) throw peopleFailures.passwordWeak(`Cannot use this password: it ${why}`, [`password: ${why}`]);
}

export function weaknessOf(password: string, { email, name, organisation }: About): string | undefined {
  const text = password.normalize('NFKC').toLowerCase();
  if ([...text].length < LEAST_CHARACTERS) return `is shorter than ${LEAST_CHARACTERS} characters`;
  if (new Set(text).size < LEAST_OWN || isRepetition(text)) return 'repeats itself';
  if (collapse(text).length < LEAST_OWN) return 'follows the alphabet, the digits or the keyboard';
  const own = [email, name, organisation].flatMap((entry) => wordsOf(entry.normalize('NFKC').toLowerCase()));
  if (leftWithout(text, own) < LEAST_OWN) return 'is made of your name, mail address or organisation';
  return leftWithout(text, [...own, ...COMMON]) < LEAST_OWN ? 'is among the most common ones' : undefined;
}

/** A beginning that is said again until the end: `kettlekettle`. */
function isRepetition(text: string): boolean {
  for (let length = 1; length <= text.length / 2; length++) {
    if (
      text.startsWith(text.slice(length)) &&
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .startsWith(text)
    )
      return true;
  }
  return false;
}

/** Drops each character that goes on as the two before it began: `abcdefg` and `12345` leave two each. */
function collapse(text: string): string {
  const characters = [...text];
  return characters.filter((character, i) => i < 2 || !goesOn(characters[i - 2]!, characters[i - 1]!, character)).join('');
}
function goesOn(first: string, second: string, third: string): boolean {
  if (first === second && second === third) return true;
  const run = first + second + third;
  const back = third + second + first;
  return ROWS.some((row) => row.includes(run) || row.includes(back));
}

/** How many characters are left without these words, runs and punctuation, read as written and with digits for letters. */
function leftWithout(text: string, words: readonly string[]): number {
  const plain = squeeze(text);
  const folded = squeeze(fold(text));
  return Math.min(
    strip(plain, words.map(squeeze)),
    strip(
      folded,
      words.map((word) => squeeze(fold(word))),
    ),
  );
}
function strip(text: string, words: readonly string[]): number {
  let left = text;
  // A space stays where a word was, so that what stood around it does not make a new word.
  for (const word of [...new Set(words)].filter((each) => each.length >= 3).sort((a, b) => b.length - a.length)) left = left.replaceAll(word, ' ');
  return collapse(left.replaceAll(/(19|20|i9|2o)[0-9oiaest]{2}(?![0-9])/g, ' ')).replaceAll(' ', '').length;
}

function wordsOf(text: string): string[] {
  const words = text.split(/[^\p{L}\p{N}]+/u);
  return [...words, words.join('')];
}
function squeeze(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, '');
}
function fold(text: string): string {
  return text.replaceAll(/[013457@$!]/g, (character) => FOLDS[character]!);
}
