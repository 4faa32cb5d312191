import { useId } from 'react';
import './BarChart.css';

export type BarRow = { label: string; value: number; /** The period before, drawn as a line. */ before?: number | undefined };
export type BarChartProps = { title: string; rows: readonly BarRow[]; valueHead: string; beforeHead?: string | undefined };

/** Bars by name, with the period before as a line, and the table behind them. */
export function BarChart({ title, rows, valueHead, beforeHead }: BarChartProps) {
  const id = useId();
  const most = Math.max(1, ...rows.flatMap((row) => [row.value, row.before ?? 0]));
  return (
    <figure className="bars" aria-labelledby={id}>
      <figcaption id={id} className="vh">
        {title}
      </figcaption>
      <div aria-hidden="true">
        {rows.map((row) => (
          <p key={row.label}>
            <span>{row.label}</span>
            <b className="num">{row.value}</b>
            <span className="lane">
              <i style={{ width: `${(row.value / most) * 100}%` }} />
              {row.before !== undefined && <s style={{ left: `${(row.before / most) * 100}%` }} />}
            </span>
          </p>
        ))}
      </div>
      {beforeHead && (
        <p className="small quiet" aria-hidden="true">
          Bar: {valueHead.toLowerCase()}. Line <i className="key-line" />: {beforeHead.toLowerCase()}.
        </p>
      )}
      <details>
        <summary>Show as a table</summary>
        <table className="tbl dense">
          <caption className="vh">{title}</caption>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" className="num">
                {valueHead}
              </th>
              {beforeHead && (
                <th scope="col" className="num">
                  {beforeHead}
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.label}>
                <th scope="row">{row.label}</th>
                <td className="num">{row.value}</td>
                {beforeHead && <td className="num">{row.before ?? ''}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

/** A trend in a row of a list; `words` says it to those who listen. */
export function Spark({ values, words }: { values: readonly number[]; words: string }) {
  const most = Math.max(1, ...values);
  const points = values.map((value, i) => `${((i / Math.max(1, values.length - 1)) * 72).toFixed(1)},${(19 - (value / most) * 18).toFixed(1)}`).join(' ');
  return (
    <svg className="spark" viewBox="0 0 72 20" role="img" aria-label={words}>
      <polyline points={points} fill="none" stroke="currentColor" strokeWidth="1.25" />
    </svg>
  );
}
