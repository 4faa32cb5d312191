import { Fragment } from 'react';
import type { ReactNode } from 'react';
import { Heading } from './Heading.tsx';
import { Link } from './Link.tsx';
import './Page.css';

/** Where we are: words, and links for the places above. */
export type Crumb = string | { label: ReactNode; to?: string | undefined };

export function Path({ path }: { path: readonly Crumb[] }) {
  return (
    <p className="label path">
      {path.map((crumb, i) => (
        <Fragment key={i}>
          {i > 0 && <span aria-hidden="true"> / </span>}
          {typeof crumb === 'string' ? crumb : crumb.to ? <Link to={crumb.to}>{crumb.label}</Link> : crumb.label}
        </Fragment>
      ))}
    </p>
  );
}

export type PageProps = {
  path: readonly Crumb[];
  /** The answer in a sentence: "Six people are not covered." */
  title: ReactNode;
  /** The name of the browser's tab; needed when `title` is not plain text. */
  documentTitle?: string | undefined;
  lede?: ReactNode;
  /** Buttons at the right of the head; at most one is filled. */
  actions?: ReactNode;
  children?: ReactNode;
};

/** A page says its answer in one serif sentence under a path, closed by a double rule, as in a deed; then the proof. */
export function Page({ path, title, documentTitle, lede, actions, children }: PageProps) {
  return (
    <>
      <header className="head">
        <div className="head-row">
          <div>
            <Path path={path} />
            <Heading title={documentTitle}>{title}</Heading>
            {lede && <p className="lede">{lede}</p>}
          </div>
          {actions && <div className="actions">{actions}</div>}
        </div>
      </header>
      {children}
    </>
  );
}
