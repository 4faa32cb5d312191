/** One thing to be done once: the key stays the same, however often the same input is sent, until it is known to be done. */
export interface Once {
  keyFor(input: unknown): string;
  /** What was asked for under this key is done, or what came of it will not be told again: asked for once more, it is another thing. */
  done(key: string): void;
}

export function createOnce(): Once {
  let last: { readonly asked: string; readonly key: string } | undefined;
  return {
    keyFor(input) {
      const asked = JSON.stringify(input);
      if (last?.asked !== asked) last = { asked, key: newKey() };
      return last.key;
    },
    done(key) {
      if (last?.key === key) last = undefined;
    },
  };
}

/** Not `randomUUID`: a browser gives it to pages over TLS and on this machine alone. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
