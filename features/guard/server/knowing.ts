import type { Actor } from '#platform/server/actor.ts';
import type { Ctx } from '#platform/server/feature.ts';

/** What one asker may know of, owns, and may open, asked once for each secret. */
export interface Knowing {
  may(secretId: string): Promise<boolean>;
  owns(secretId: string): Promise<boolean>;
  opens(secretId: string): Promise<boolean>;
  /** Of a program: what its maker may know of. Ids of that may be told to it, and no names. */
  mayMaker(secretId: string): Promise<boolean>;
}

export function createKnowing(ctx: Ctx): Knowing {
  const ask = (actor: Actor) => {
    const asked = new Map<string, Promise<{ know: boolean; own: boolean; open: boolean }>>();
    return (id: string) => {
      const found = asked.get(id) ?? decide(actor, id);
      asked.set(id, found);
      return found;
    };
  };
  const decide = async (actor: Actor, id: string) => {
    const subject = await ctx.services.gate.decide(ctx.tx, { actor, id, at: ctx.now, hold: false });
    return { know: subject?.may.know ?? false, own: subject?.may.own ?? false, open: subject?.may.open ?? false };
  };
  const own = ask(ctx.actor);
  const maker = ctx.actor.madeBy === undefined ? undefined : ask({ ...ctx.actor, kind: 'person', id: ctx.actor.madeBy });
  return {
    may: async (secretId) => (await own(secretId)).know,
    owns: async (secretId) => (await own(secretId)).own,
    opens: async (secretId) => (await own(secretId)).open,
    mayMaker: async (secretId) => maker !== undefined && (await maker(secretId)).know,
  };
}

/** Whether it may know of all of them, itself or by its maker. */
export async function knowsAll(knowing: Knowing, secretIds: Iterable<string>): Promise<boolean> {
  for (const id of new Set(secretIds)) if (!(await knowing.may(id)) && !(await knowing.mayMaker(id))) return false;
  return true;
}
