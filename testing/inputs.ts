import type { Operation } from '@underseal/contract';
import fc from 'fast-check';
import { z } from 'zod';

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}
/** What free text to give where any will do. */
export type Words = (about: { readonly least: number; readonly most: number }) => string;
export interface Making {
  /** Ids of real things by their prefix; for a kind that is not here an id of nothing is made. */
  readonly ids?: Readonly<Record<string, string>>;
  /** Give the fields too that may be left out. */
  readonly optional?: boolean;
  readonly words?: Words;
}

/** An input that an operation takes, made of its contract alone: a new operation is covered as soon as it is declared. */
export function inputFor(operation: Operation, making: Making = {}): Record<string, unknown> {
  return valueOf(schemaOf(operation), making) as Record<string, unknown>;
}
export function schemaOf(operation: Operation): Schema {
  return z.toJSONSchema(operation.input, { io: 'input', unrepresentable: 'any' }) as Schema;
}

/** The prefix of ids that a field takes: `sec` of `^sec_[...]{26}$`. */
export function prefixOf(schema: Schema | undefined): string | undefined {
  return /^\^\(?([a-z]{3})[_|]/.exec(schema?.pattern ?? '')?.[1];
}
/** An id of that kind that belongs to nothing. */
export function absentId(prefix: string): string {
  return `${prefix}_${sample(/^[0-9a-hjkmnp-tv-z]{26}$/)}`;
}

const plainWords: Words = ({ least, most }) =>
  'Quote for batch seven '
    .repeat(Math.ceil(Math.max(least, 20) / 20))
    .slice(0, Math.max(least, Math.min(most, 20)))
    .trim();
const FORMATS: Readonly<Record<string, string>> = {
  email: 'gil@theirs.example',
  date: '2026-11-23',
  'date-time': '2026-12-24T12:00:00.000Z',
};

function valueOf(schema: Schema, making: Making): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf) return valueOf(schema.anyOf[0]!, making);
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(([name]) => making.optional || schema.required?.includes(name))
          .filter(([name]) => name !== 'cursor')
          .map(([name, property]) => [name, valueOf(property, making)]),
      );
    case 'array':
      return Array.from({ length: Math.max(schema.minItems ?? 0, making.optional ? 1 : 0) }, () => valueOf(schema.items!, making));
    case 'integer':
    case 'number':
      return Math.min(schema.maximum ?? 1, Math.max(schema.minimum ?? 1, 1));
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'string':
      return textOf(schema, making);
    default:
      throw new Error(`Cannot make a value for ${JSON.stringify(schema)}: teach testing/inputs.ts to`);
  }
}

function textOf(schema: Schema, { ids, words = plainWords }: Making): string {
  const format = FORMATS[schema.format ?? ''];
  if (format !== undefined) return format;
  const prefix = prefixOf(schema);
  if (prefix !== undefined) return ids?.[prefix] ?? absentId(prefix);
  // Patterns that only forbid letters are of free text.
  const patterns = [schema.pattern, ...(schema.allOf ?? []).map((part) => part.pattern)].filter((pattern) => pattern !== undefined);
  const strict = patterns.find((pattern) => !/\\[pP]\{/.test(pattern));
  if (strict !== undefined) return sample(new RegExp(strict, 'u'));
  return words({ least: schema.minLength ?? 0, most: schema.maxLength ?? 1000 });
}

function sample(pattern: RegExp): string {
  return fc.sample(fc.stringMatching(pattern), 1)[0]!;
}
