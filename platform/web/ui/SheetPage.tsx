import type { ReactNode } from 'react';
import { Facts } from './Facts.tsx';
import { Heading } from './Heading.tsx';
import { Path } from './Page.tsx';
import type { Crumb } from './Page.tsx';
import { StateLine } from './State.tsx';
import type { StateKind } from './State.tsx';
import { Tabs } from './Tabs.tsx';
import type { Tab } from './Tabs.tsx';
import './SheetPage.css';

export type SheetPageProps = {
  path: readonly Crumb[];
  title: ReactNode;
  documentTitle?: string | undefined;
  /** What it is, in serif under the name. */
  subtitle?: ReactNode;
  state?: { kind: StateKind; words: ReactNode } | undefined;
  /** One or two plain lines below the state. */
  summary?: ReactNode;
  /** Buttons at the right; the main act is the filled one. */
  actions?: ReactNode;
  facts?: readonly (readonly [name: string, value: ReactNode])[] | undefined;
  /** Between facts and tabs: "as of". */
  asOf?: ReactNode;
  tabs?: readonly Tab[] | undefined;
  tabsLabel?: string | undefined;
  /** The right column, usually a `Timeline`. */
  aside?: ReactNode;
  children: ReactNode;
};

/** One thing: its head with the state in words and one main act, its parts, and its timeline at the right. */
export function SheetPage(props: SheetPageProps) {
  const { path, title, documentTitle, subtitle, state, summary, actions, facts, asOf, tabs, tabsLabel = 'Parts of this sheet', aside, children } = props;
  return (
    <>
      <header className={asOf ? 'sheet-top has-asof' : 'sheet-top'}>
        <div className="sheet-head">
          <div>
            <Path path={path} />
            <Heading title={documentTitle}>{title}</Heading>
            {subtitle && <p className="of">{subtitle}</p>}
            {state && <StateLine kind={state.kind}>{state.words}</StateLine>}
            {summary && <p className="quiet measure">{summary}</p>}
          </div>
          {actions && <div className="actions">{actions}</div>}
        </div>
        {facts && facts.length > 0 && <Facts facts={facts} />}
        {asOf}
      </header>
      {tabs && <Tabs tabs={tabs} label={tabsLabel} />}
      <div className={aside ? 'cols sheet-body' : 'sheet-body'}>
        <div>{children}</div>
        {aside && <aside>{aside}</aside>}
      </div>
    </>
  );
}
