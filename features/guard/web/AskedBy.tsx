import { CodeName, State, Sub } from '#platform/web/ui/index.ts';
import { nameOf, VERDICTS, WAYS, type InspectionRow } from './looks.ts';

/** Who asked for a check, and by which way. */
export function AskedBy({ row: { by, exit } }: { row: Pick<InspectionRow, 'by' | 'exit'> }) {
  return (
    <>
      {nameOf(by)}
      {exit !== null && <Sub>{by.kind === 'program' ? `Program, by ${WAYS[exit]}` : WAYS[exit]}</Sub>}
    </>
  );
}

/** What a person looked at before she sent it is no alarm. */
export function VerdictState({ row: { verdict, by } }: { row: Pick<InspectionRow, 'verdict' | 'by'> }) {
  return <State kind={verdict === 'match' && by.kind === 'person' ? 'gap' : VERDICTS[verdict][0]}>{VERDICTS[verdict][1]}</State>;
}

/** The secrets that matched, as far as the reader may know of them. */
export function Secrets({ row }: { row: Pick<InspectionRow, 'verdict' | 'secrets'> }) {
  if (row.secrets.length === 0) return row.verdict === 'match' ? <span className="faint">None that you may know of</span> : null;
  return row.secrets.map((one, i) => (
    <span key={one.secretId}>
      {i > 0 && ', '}
      <CodeName to={`/register/${one.secretId}`}>{one.codeName}</CodeName>
    </span>
  ));
}
