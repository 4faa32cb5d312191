import { z } from 'zod';
import type { EventDefinition } from './event.ts';
import { SUBJECT_PREFIXES, type SubjectPrefix } from './ids.ts';

/** `anyone` may be called without signing in; `self` by any signed-in person about themselves; all else is `feature:verb`. */
export type Permission = 'anyone' | 'self' | `${string}:${string}`;
type Shape = Readonly<Record<string, z.ZodType>>;
export type InputObject = z.ZodObject<Shape>;

type BrandOf<T> = T extends z.core.$brand<infer B> ? B : never;
type SubjectKeys<I extends InputObject> = {
  [K in keyof I['shape']]: [BrandOf<NonNullable<z.output<I['shape'][K]>>> & SubjectPrefix] extends [never] ? never : K;
}[keyof I['shape']];
/** An operation that takes the id of a secret, document or case must name it: object authorisation is not a handler's to remember. */
type About<I extends InputObject> = [SubjectKeys<I>] extends [never] ? { readonly about?: undefined } : { readonly about: SubjectKeys<I> & string };

type Base<I extends InputObject, O extends z.ZodType> = {
  readonly needs: Permission;
  readonly input: I;
  readonly output: O;
  /** One sentence for the API's page. */
  readonly says: string;
  /** `open`: the caller must be allowed to open the subject; `know` (default): to know of it; `own`: to be answerable for it. */
  readonly strength?: 'know' | 'open' | 'own';
  /** Bytes of JSON that the body may have; 1 MiB unless told. */
  readonly bodyLimit?: number;
};
type Records = readonly [EventDefinition, ...EventDefinition[]];

export interface Operation<
  K extends OperationKind = OperationKind,
  I extends InputObject = InputObject,
  O extends z.ZodType = z.ZodType,
  R extends readonly EventDefinition[] = readonly EventDefinition[],
> {
  readonly kind: K;
  readonly name: string;
  readonly needs: Permission;
  readonly about: string | undefined;
  readonly strength: 'know' | 'open' | 'own';
  readonly says: string;
  readonly bodyLimit: number;
  readonly input: I;
  readonly output: O;
  readonly records: R;
}
export type OperationKind = 'read' | 'act' | 'release';
export type InputOf<Op> = Op extends { readonly input: infer I extends z.ZodType } ? z.input<I> : never;
export type ParsedOf<Op> = Op extends { readonly input: infer I extends z.ZodType } ? z.output<I> : never;
export type OutputOf<Op> = Op extends { readonly output: infer O extends z.ZodType } ? z.input<O> : never;
export type AnswerOf<Op> = Op extends { readonly output: infer O extends z.ZodType } ? z.output<O> : never;
export type RecordsOf<Op> = Op extends { readonly records: infer R extends readonly EventDefinition[] } ? R[number] : never;

/** Asks; leaves no trace and gives no content. */
export function read<I extends InputObject, O extends z.ZodType>(definition: Base<I, O> & About<I>): Operation<'read', I, O, readonly []> {
  return build('read', definition, []);
}
/** Changes state and records that it did, or fails. */
export function act<I extends InputObject, O extends z.ZodType, const R extends Records>(
  definition: Base<I, O> & About<I> & { readonly records: R },
): Operation<'act', I, O, R> {
  return build('act', definition, definition.records);
}
/** Gives content: decided, recorded, committed, then given. Never cached, retried or replayed. */
export function release<I extends InputObject, O extends z.ZodType, const R extends Records>(
  definition: Base<I, O> & About<I> & { readonly records: R },
): Operation<'release', I, O, R> {
  return build('release', definition, definition.records);
}

function build<K extends OperationKind, I extends InputObject, O extends z.ZodType, R extends readonly EventDefinition[]>(
  kind: K,
  definition: Base<I, O> & { readonly about?: string | undefined },
  records: R,
): Operation<K, I, O, R> {
  if (!definition.needs) throw new TypeError('Cannot define an operation without permission');
  if (kind !== 'read' && records.length === 0) throw new TypeError('Cannot define an act without events');
  const subjects = subjectKeys(definition.input);
  if (subjects.length > 0 && !subjects.includes(definition.about ?? '')) {
    throw new TypeError(`Cannot define an operation that takes ${subjects.join(', ')} without about`);
  }
  const { needs, about, input, output, says, bodyLimit = 1 << 20, strength = kind === 'release' ? 'open' : 'know' } = definition;
  return { kind, name: '', needs, about, strength, says, bodyLimit, input, output, records };
}

/** The types see branded ids; this sees the patterns, so that a cast, an optional id or a list of ids does not slip through. */
function subjectKeys(input: InputObject): string[] {
  const schema = z.toJSONSchema(input, { io: 'input' }) as { properties?: Record<string, unknown>; additionalProperties?: unknown };
  if (schema.additionalProperties !== false) throw new TypeError('Cannot define an operation whose input is not a strictObject');
  return Object.entries(schema.properties ?? {})
    .filter(([, property]) => patternsIn(property).some(takesSubject))
    .map(([key]) => key);
}
function patternsIn(schema: unknown): RegExp[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => (key === 'pattern' && typeof value === 'string' ? [new RegExp(value, 'u')] : patternsIn(value)));
}
/** A pattern for ids of some kinds, whatever its form; one that takes any text is none. */
function takesSubject(pattern: RegExp): boolean {
  return SUBJECT_PREFIXES.some((prefix) => pattern.test(`${prefix}_${'0'.repeat(26)}`)) && !pattern.test('Any text');
}

export type Operations = Readonly<Record<string, Operation>>;
export type Contract<N extends string = string, Ops extends Operations = Operations> = { readonly name: N; readonly operations: Ops } & Ops;

/** What a feature promises. Each operation is reached as `contract.verb` and is named `feature.verb` everywhere. */
export function contract<const N extends string, Ops extends Operations>({ name, operations }: { name: N; operations: Ops }): Contract<N, Ops> {
  const named = Object.fromEntries(Object.entries(operations).map(([verb, operation]) => [verb, { ...operation, name: `${name}.${verb}` }])) as Ops;
  return { ...named, name, operations: named };
}
