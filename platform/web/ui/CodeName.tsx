import { Link } from './Link.tsx';

/** The name under which a secret may be spoken of; it never says what the secret is. */
export function CodeName({ children, to }: { children: string; to?: string | undefined }) {
  const name = <span className="code">{children}</span>;
  return to ? <Link to={to}>{name}</Link> : name;
}
