/** "Thursday 12 November 2026", in the zone of the reader. */
export function todayInWords(now = new Date()): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }).format(now).replace(',', '');
}
