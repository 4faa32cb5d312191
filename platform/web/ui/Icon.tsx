import './Icon.css';
import { sealEdge } from './seal-path.ts';

const line = {
  ok: 'M14.25 8a6.25 6.25 0 1 1-12.5 0 6.25 6.25 0 0 1 12.5 0ZM5.1 8.2l2.1 2.1L11 6',
  gap: 'M10.6 2.3A6.25 6.25 0 1 0 14.2 8.6M8 4.9v3.6',
  breach: 'M8 2 14.5 13.5h-13ZM8 6.4v3.2',
  unread: 'M5.4 8h5.2',
  miss: 'M14.25 8a6.25 6.25 0 1 1-12.5 0 6.25 6.25 0 0 1 12.5 0ZM5.9 5.9l4.2 4.2M10.1 5.9 5.9 10.1',
  declined: 'M14.25 8a6.25 6.25 0 1 1-12.5 0 6.25 6.25 0 0 1 12.5 0ZM3.8 12.2 12.2 3.8',
  tick: 'M3.2 8.6l3 3L12.8 5',
  cross: 'M4 4l8 8M12 4l-8 8',
  clock: 'M14.25 8a6.25 6.25 0 1 1-12.5 0 6.25 6.25 0 0 1 12.5 0ZM8 4.4V8l2.4 1.6',
  lock: 'M3.8 7h8.4a.8.8 0 0 1 .8.8V13a.8.8 0 0 1-.8.8H3.8A.8.8 0 0 1 3 13V7.8a.8.8 0 0 1 .8-.8ZM5.2 7V5a2.8 2.8 0 0 1 5.6 0v2',
  search: 'M11.6 7a4.6 4.6 0 1 1-9.2 0 4.6 4.6 0 0 1 9.2 0ZM10.5 10.5 14 14',
  down: 'M4 6.3l4 4 4-4',
  up: 'M4 9.7l4-4 4 4',
  right: 'M6.2 4l4 4-4 4',
  left: 'M9.8 4l-4 4 4 4',
  save: 'M8 2.4v7.4M4.8 6.8 8 10l3.2-3.2M2.6 13.4h10.8',
  doc: 'M4 1.9h5.4L12.4 5v9.1H4ZM9.2 2.1v3h3',
  person: 'M10.7 5.2a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0ZM2.8 13.8c.6-3 2.6-4.4 5.2-4.4s4.6 1.4 5.2 4.4',
  key: 'M8.2 10.8a3 3 0 1 1-6 0 3 3 0 0 1 6 0ZM7.4 8.6 13.6 2.4M11 5l2 2',
  link: 'M6.6 9.4l2.8-2.8M7.4 4.8 9 3.2a2.7 2.7 0 0 1 3.8 3.8l-1.6 1.6M8.6 11.2 7 12.8A2.7 2.7 0 0 1 3.2 9l1.6-1.6',
  copy: 'M5.6 5.6h8v8h-8ZM10.4 5.4V2.4h-8v8h3',
  pause: 'M5.5 3.6v8.8M10.5 3.6v8.8',
  play: 'M5 3.4v9.2L12.6 8Z',
  retry: 'M13.6 8A5.6 5.6 0 1 1 11.7 3.8M13.4 2.2v3.2h-3.2',
} as const;

export type IconName = keyof typeof line | 'seal';

const points: Partial<Record<IconName, number>> = { gap: 11, breach: 11.5 };

/** A mark of our own set; it takes the ink of the word beside it, and is silent to those who listen. */
export function Icon({ name, className }: { name: IconName; className?: string | undefined }) {
  return (
    <svg className={className ? `ic ${className}` : 'ic'} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {name === 'seal' ? (
        <>
          <path fill="currentColor" fillRule="evenodd" d={`${sealEdge(8, 7.15, 0.3, 24)}M8 4.1a3.9 3.9 0 1 0 0 7.8 3.9 3.9 0 0 0 0-7.8Z`} />
          <circle cx="8" cy="8" r="1.7" fill="currentColor" />
        </>
      ) : (
        <path d={line[name]} fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
      )}
      {name === 'unread' && (
        <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeDasharray="2.3 2.6" />
      )}
      {points[name] && <circle cx="8" cy={points[name]} r="0.95" fill="currentColor" />}
    </svg>
  );
}
