import { formatBytes, formatMoney, formatNumber } from './format.ts';

export function Num({ value, digits, unit }: { value: number; digits?: number | undefined; unit?: string | undefined }) {
  return (
    <span className="nw">
      {formatNumber(value, digits)}
      {unit && ` ${unit}`}
    </span>
  );
}

/** `minor` in cents (or what the currency divides into). */
export function Money({ minor, currency }: { minor: number; currency: string }) {
  return <span className="nw">{formatMoney(minor, currency)}</span>;
}

export function Bytes({ value }: { value: number }) {
  return (
    <span className="nw" title={`${formatNumber(value)} bytes`}>
      {formatBytes(value)}
    </span>
  );
}
