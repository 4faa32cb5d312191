import { people, TOKEN_DAYS_MOST, type TokenPermission } from '#features/people/contract.ts';
import { connect } from './connection.ts';
import { CliError, printable, say, writeJson, type Common, type Io } from './io.ts';

export interface CreateOptions extends Common {
  readonly name: string;
  readonly can: readonly TokenPermission[];
  readonly days?: number;
}

/** Makes a token for a program. It stands alone on stdout, so that a script can take it up; it is given once. */
export async function createToken(io: Io, options: CreateOptions): Promise<number> {
  const { name, can, days } = options;
  if (days !== undefined && (days < 1 || days > TOKEN_DAYS_MOST))
    throw new CliError(
      'usage',
      `Cannot make a token for ${days} days: it is good for 1 to ${TOKEN_DAYS_MOST}`,
      'Give --days, and make a new one when it ends.',
    );
  const connection = await connect(io, options);
  const { tokenId, token, expiresAt } = await connection.on(people).makeToken({ name, permissions: [...can], ...(days === undefined ? {} : { days }) });
  say(io, `Token ${tokenId} for "${name}", good until ${expiresAt}. It is shown only now.`);
  if (options.json) writeJson(io, { id: tokenId, token, expiresAt });
  else io.out(`${token}\n`);
  return 0;
}

/** A line a token: never the token itself, which nobody keeps. */
export async function listTokens(io: Io, options: Common): Promise<number> {
  const connection = await connect(io, options);
  for (let cursor: string | undefined; ;) {
    const { items, next } = await connection.on(people).tokens({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    for (const token of items) {
      if (options.json) writeJson(io, token);
      else io.out(`${printable(`${token.id}  ${token.name}  ${token.permissions.join(', ')}  used ${token.usedAt ?? 'never'}  until ${token.expiresAt}`)}\n`);
    }
    if (next === null) return 0;
    cursor = next;
  }
}

export async function endToken(io: Io, id: string, options: Common): Promise<number> {
  const connection = await connect(io, options);
  await connection.on(people).endToken({ tokenId: id as never });
  say(io, `Token ${id} is ended.`);
  if (options.json) writeJson(io, { id, ended: true });
  return 0;
}
