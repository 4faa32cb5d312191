import { Link } from './Link.tsx';
import { sealEdge } from './seal-path.ts';
import './Wordmark.css';

const edge = sealEdge(16, 14.75, 0.55, 26);

export function Wordmark() {
  return (
    <Link className="wordmark" to="/">
      <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
        <path
          fill="currentColor"
          fillRule="evenodd"
          d={`${edge}M16 4.6a11.4 11.4 0 1 0 0 22.8 11.4 11.4 0 0 0 0-22.8Zm0 1.3a10.1 10.1 0 1 1 0 20.2 10.1 10.1 0 0 1 0-20.2Z`}
        />
        <path className="letter" fill="none" strokeWidth="2.3" d="M11.7 10v6.1a4.3 4.3 0 0 0 8.6 0V10M10.4 23h11.2" />
      </svg>
      <span>Underseal</span>
    </Link>
  );
}
