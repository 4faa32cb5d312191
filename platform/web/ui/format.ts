const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The zone in which people read dates here: the browser's, until the organisation's is known. */
let zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
export function setZone(name: string) {
  zone = name;
}

function partsOf(at: Date) {
  const found = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  }).formatToParts(at);
  return Object.fromEntries(found.map((part) => [part.type, part.value])) as Record<Intl.DateTimeFormatPartTypes, string>;
}

/** "12 Nov 2026, 10:06", or "12 Nov 2026" for a day. */
export function formatInstant(at: string | Date, precision: 'day' | 'minute' | 'second' = 'minute'): string {
  if (precision === 'day' && typeof at === 'string' && /^\d{4}-\d\d-\d\d$/.test(at)) {
    const [year, month, date] = at.split('-').map(Number) as [number, number, number];
    return `${date} ${months[month - 1]} ${year}`;
  }
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return 'Unknown';
  const p = partsOf(moment);
  const date = `${Number(p.day)} ${months[Number(p.month) - 1]} ${p.year}`;
  if (precision === 'day') return date;
  return `${date}, ${p.hour}:${p.minute}${precision === 'second' ? `:${p.second}` : ''}`;
}

/** `2026-11-12`, in the zone of the reader: what a review date is compared with. */
export function todayAsDay(now = new Date()): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(now);
}

/** "UTC+1, Europe/Berlin; 09:06 UTC": what stands behind a printed time. */
export function formatZone(at: string | Date): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return '';
  const offset = partsOf(moment).timeZoneName.replace('GMT', 'UTC');
  return `${offset}, ${zone}; ${moment.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** "18 days ago", "in 3 hours". Stands beside a date, never instead of one. */
export function formatRelative(at: string | Date, now: Date): string {
  const away = new Date(at).getTime() - now.getTime();
  const size = Math.abs(away);
  const [count, unit] =
    size < minute
      ? [0, '']
      : size < hour
        ? [size / minute, 'minute']
        : size < day
          ? [size / hour, 'hour']
          : size < 60 * day
            ? [size / day, 'day']
            : [size / (30.44 * day), 'month'];
  if (!unit) return 'now';
  const whole = Math.round(count);
  const words = `${whole} ${unit}${whole === 1 ? '' : 's'}`;
  return away < 0 ? `${words} ago` : `in ${words}`;
}

/** "14,206"; `digits` after the point if asked. */
export function formatNumber(value: number, digits = 0): string {
  return new Intl.NumberFormat('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** "3 people", "1 person": a count with its word. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** "3.4 MB"; thousands, as the files of people are counted. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${formatNumber(bytes / 1000 ** power, bytes / 1000 ** power < 10 ? 1 : 0)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** "EUR 1,250,000.00". `minor` are cents or whatever the currency divides into, so no part of a cent is lost. */
export function formatMoney(minor: number, currency: string): string {
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return `${currency} ${formatNumber(minor / 10 ** digits, digits)}`;
}
