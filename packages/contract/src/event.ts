import { z } from 'zod';

/** How a field of an event enters the ledger: in clear, or only as a salted digest whose disclosure can be erased. */
export type FieldKind = 'open' | 'personal' | 'secret';
export interface EventField<T extends z.ZodType = z.ZodType, K extends FieldKind = FieldKind> {
  readonly kind: K;
  readonly schema: T;
  /** For a hidden field: the open field that names the person or secret under whose key the disclosure lies. */
  readonly of?: string;
}
export type EventFields = Readonly<Record<string, EventField>>;
export interface EventDefinition<F extends EventFields = EventFields, N extends string = string> {
  readonly name: N;
  readonly fields: F;
  readonly schema: z.ZodType<EventData<F>>;
  readonly heardBy?: HeardBy;
}
/** Who hears at once, of the id in this open field alone, whatever else the entry speaks of: whoever has the permission by which all such things may be listed. */
export interface HeardBy {
  readonly id: string;
  readonly needs: string;
}
export type EventData<F extends EventFields> = { [K in keyof F]: z.infer<F[K]['schema']> };

/** Ids, enums, numbers, instants, digests: never free text, since it can never be taken back. */
export function open<T extends z.ZodType>(schema: T): EventField<T, 'open'> {
  assertNotFreeText(schema);
  return { kind: 'open', schema };
}
/** Tells of the person whom the open field `of` names; the disclosure lies under that person's key and can be erased. */
export function personal<T extends z.ZodType>(of: string, schema: T): EventField<T, 'personal'> {
  return { kind: 'personal', schema, of };
}
/** Tells of the secret that the open field `of` names; the disclosure lies under that secret's key. */
export function secret<T extends z.ZodType>(of: string, schema: T): EventField<T, 'secret'> {
  return { kind: 'secret', schema, of };
}

/**
 * Defines what an act records. An event's shape is final from its first release: supersede it by a new name. Live pages hear of what concerns a person, or
 * a secret she may know of; `heardBy` tells of a thing that belongs to neither.
 */
export function event<const N extends string, F extends EventFields>(
  name: N,
  fields: F,
  { heardBy }: { readonly heardBy?: HeardBy & { readonly id: keyof F & string } } = {},
): EventDefinition<F, N> {
  if (!/^[a-z]+\.[a-z_]+$/.test(name)) throw new TypeError(`Cannot define event "${name}": a name is feature.past_tense`);
  if ('actor' in fields || 'via' in fields) throw new TypeError(`Cannot define event "${name}": every entry has actor and via already`);
  for (const [key, field] of Object.entries(fields)) {
    if (field.of !== undefined && fields[field.of]?.kind !== 'open') throw new TypeError(`Cannot define event "${name}": "${key}" names no open field`);
  }
  if (heardBy && fields[heardBy.id]?.kind !== 'open') throw new TypeError(`Cannot define event "${name}": it can be heard of by an open field alone`);
  const shape = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.schema]));
  return { name, fields, schema: z.strictObject(shape) as unknown as z.ZodType<EventData<F>>, ...(heardBy ? { heardBy } : {}) };
}

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  format?: string;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
}

function assertNotFreeText(schema: z.ZodType) {
  const walk = (node: JsonSchema): boolean => {
    if (node.enum || node.const !== undefined) return true;
    if (node.anyOf) return node.anyOf.every(walk);
    if (node.type === 'array') return !!node.items && walk(node.items);
    if (node.type === 'object') return Object.values(node.properties ?? {}).every(walk);
    if (node.type === 'string') return !!node.pattern || node.format === 'date-time' || node.format === 'date';
    return node.type === 'number' || node.type === 'integer' || node.type === 'boolean' || node.type === 'null';
  };
  if (!walk(z.toJSONSchema(schema) as JsonSchema)) throw new TypeError('Cannot mark a field open: free text never stands in clear in the ledger');
}
