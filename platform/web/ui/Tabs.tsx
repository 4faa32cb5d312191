import { Link } from './Link.tsx';
import './Tabs.css';

export type Tab = { label: string; to: string; count?: number | string | undefined; current?: boolean | undefined };

/** Parts of a sheet or saved views of a list: each has its address, so each is a link. */
export function Tabs({ tabs, label }: { tabs: readonly Tab[]; label: string }) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.to} to={tab.to} aria-current={tab.current ? 'page' : undefined}>
          {tab.label}
          {tab.count !== undefined && <span className="n">{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
