import type { Ctx } from '#platform/server/feature.ts';

/** What one asker may know of, owns, and may open. */
export interface Knowing {
  may(secretId: string): boolean;
  owns(secretId: string): boolean;
  opens(secretId: string): boolean;
  /** Of a program: what its maker may know of. Ids of that may be told to it, and no names. */
  mayMaker(secretId: string): boolean;
}

/** Asks about these secrets, and no others. */
export async function askAbout(ctx: Ctx, secretIds: Iterable<string>): Promise<Knowing> {
  const ids = new Set(secretIds);
  const ask = (who: string) => ctx.services.gate.decideAll(ctx.tx, { who, secretIds: ids, at: ctx.now });
  const own = await ask(ctx.actor.id);
  const maker = ctx.actor.madeBy === undefined ? undefined : await ask(ctx.actor.madeBy);
  return {
    may: (secretId) => own.has(secretId),
    owns: (secretId) => own.get(secretId)?.own ?? false,
    opens: (secretId) => own.get(secretId)?.open ?? false,
    mayMaker: (secretId) => maker?.has(secretId) ?? false,
  };
}

/** Whether it may know of all of them, itself or by its maker. */
export function knowsAll(knowing: Knowing, secretIds: Iterable<string>): boolean {
  return [...secretIds].every((id) => knowing.may(id) || knowing.mayMaker(id));
}
